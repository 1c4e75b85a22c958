"""What may be concluded: rules, audit, claims, the answer over all data sets."""
