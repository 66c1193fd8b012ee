"""The assistant's tools for other programs, by the Model Context Protocol: `python -m agent mcp`."""
