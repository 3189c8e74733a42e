"""What strangers to this software would text to their gym, and what should come of it."""
