"""Files in and out: read, recognise, repair, check, convert; coordinate systems."""
