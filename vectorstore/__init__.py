"""The library: catalogue, indexes and search."""
