"""Tests of Progress Pulse."""
