"""Isolation, grids, leaders, plans: tables in, tables out; pure."""
