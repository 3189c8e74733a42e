"""Readers of what people write about their bodies; pure."""
