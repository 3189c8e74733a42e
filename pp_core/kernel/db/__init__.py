"""The database: embedded server, transactions, roles, row-level security, backup."""
