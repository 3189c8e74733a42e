"""What a door holds: one protocol, in process or over HTTP."""
