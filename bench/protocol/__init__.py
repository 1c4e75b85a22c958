"""What all rooms speak: errors, the study, what is stored, scoring, the plan. No input or output."""
