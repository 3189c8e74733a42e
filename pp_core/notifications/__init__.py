"""What is told to people, when, and through which gateway."""
