"""The words and numbers of the field. No input, no output; everything may import it, it imports nothing of ours."""
