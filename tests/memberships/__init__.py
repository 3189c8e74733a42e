"""Tests of memberships."""
