"""Units that everything is turned into: kilograms, metres, seconds."""

POUND = 0.45359237
"""Kilograms, exactly, by the international agreement of 1959."""
