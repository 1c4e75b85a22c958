"""Methods that segment, on one data set: compared, summed up, pictured."""
