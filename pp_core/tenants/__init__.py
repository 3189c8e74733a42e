"""Gyms and their people: branches, members, staff, roles, channels, consent."""
