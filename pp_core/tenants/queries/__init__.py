"""Every SQL statement of gyms and people."""
