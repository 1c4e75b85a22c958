"""From stored predictions to evidence, verdicts and a report."""
