"""How the system is, as the people of one gym may know it: its database, its worker, and the gym's own channels."""
