"""Parsers and writers of workout files and texts; pure."""
