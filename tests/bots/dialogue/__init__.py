"""Tests of the dialogue: what people write, and what they are answered."""
