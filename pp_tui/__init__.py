"""The terminal screens of gym staff."""
