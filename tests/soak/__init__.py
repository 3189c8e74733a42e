"""Long kill and load runs, for `make soak`."""
