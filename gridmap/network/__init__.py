"""The walk graph: built from ways, gates, barriers and compounds; routes and reach."""
