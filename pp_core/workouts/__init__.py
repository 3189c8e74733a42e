"""Exercises, workout sessions, sets and personal records."""
