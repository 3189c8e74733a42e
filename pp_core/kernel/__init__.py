"""What every context builds on; imports no context."""
