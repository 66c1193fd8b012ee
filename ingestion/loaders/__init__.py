"""One module for each kind of text file that has no pages of its own."""
