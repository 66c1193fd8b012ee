"""The roadmap as data: parts, topics, papers, resources and teaching notes."""
