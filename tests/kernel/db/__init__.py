"""Tests of the database's own machinery, on real servers."""
