"""Runs Python that nobody vouches for, behind a wall."""
