"""Reports over what the other contexts publish."""
