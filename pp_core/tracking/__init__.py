"""Tracking: activities outdoors, their points, summaries, maps and places."""
