"""Tables and paragraphs that sections are put together from."""
