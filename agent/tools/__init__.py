"""The agent's tools: each reads the library or the roadmap, and answers with text and plain values."""

from agent.tools.build import build_tools

__all__ = ["build_tools"]
