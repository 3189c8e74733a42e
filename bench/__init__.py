"""`make bench`: every figure we claim, measured against a limit or a peer in one run."""
