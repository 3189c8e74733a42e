"""What looks for places: the same tests on PostgreSQL's own types and on PostGIS."""
