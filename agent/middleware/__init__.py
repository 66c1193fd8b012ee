"""What stands between the graph and the model or its tools: limits, the context window, tool faults."""
