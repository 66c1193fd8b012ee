"""A chat model without weights: it drives the graph by rule and answers by quoting the library."""
