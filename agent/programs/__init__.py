"""What other programs get of a learner's library and record, by either door: the MCP server, the page's HTTP API."""
