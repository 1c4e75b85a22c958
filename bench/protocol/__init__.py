"""What all rooms speak: errors, study, record, scoring, plan. No input or output."""
