"""Three reporting checklists and what a run answers to them; the words are data."""
