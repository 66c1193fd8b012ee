"""The study agent: a ReAct graph over the library's tools, with checked citations."""
