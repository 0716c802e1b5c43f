"""Arrays in, arrays out: the mathematics, which knows nothing of conflict."""
