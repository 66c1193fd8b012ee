"""Ingestion measured beside the pipeline of the tutorials, on the same files and cores."""
