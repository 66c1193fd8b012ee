"""From files to pages and chunks."""
