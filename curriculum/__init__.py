"""The roadmap as data, and the teaching notes."""
