"""Logins: passwords, sessions, devices, one-time codes. A login holds no name and no gym."""
