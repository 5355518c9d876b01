"""What leaves the building on paper or as a file."""
