"""What leaves the building on paper or as a file."""

from gridmap.report.snapshot import write_snapshot

__all__ = ["write_snapshot"]
