"""Shipped texts, as YAML."""
