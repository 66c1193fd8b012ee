"""Files become clean pages, and pages become chunks; nothing here knows about search or models."""
