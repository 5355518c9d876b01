"""The illustrative district."""

from gridmap.sample.district import Sample, make_sample

__all__ = ["Sample", "make_sample"]
