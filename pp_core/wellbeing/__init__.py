"""Body weight and how it changes."""
