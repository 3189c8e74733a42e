"""The outside world, one file each, behind a kernel port."""
