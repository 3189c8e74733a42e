"""Shipped catalogues, as YAML."""
