"""Does a difference of two methods travel: interactions, worst groups, what spoilt images cost."""
