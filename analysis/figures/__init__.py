"""Charts: each module draws the finished tables of the measure of the same name."""
