"""Commands that write what others are to read: a data set described, results as an RO-Crate."""
