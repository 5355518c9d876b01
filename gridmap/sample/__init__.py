"""The illustrative district."""
