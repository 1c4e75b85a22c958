"""What all rooms speak: errors, study, record, predictions, cards, scoring, plan. No input or output."""
