"""One table, one screen: choose and see. What is on it can be had as a command, as lines of Python, and as a report."""
