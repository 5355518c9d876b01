"""One use case each: load, analyse, save, in one transaction."""
