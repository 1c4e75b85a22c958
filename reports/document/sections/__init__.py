"""One module per section, named after its heading; each turns evidence into blocks.

In the order of the report (`reports.report.compose`): answer, secondary_claims, protocol, data,
discrimination, operating_point, probabilities, cost, tuning, training, reliance, many_datasets,
sensitivity, disagreements, failures, checklists, limits.
"""
