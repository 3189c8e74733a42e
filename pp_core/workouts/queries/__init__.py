"""Every SQL statement of exercises, workouts and records."""
