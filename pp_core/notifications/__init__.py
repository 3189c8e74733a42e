"""Texts that come in and go out."""
