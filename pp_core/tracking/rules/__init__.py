"""What is true of tracks: pure functions on columns of points."""
