"""The private PostGIS server, sessions, tables, audit."""
