"""Keeps Gradio from fetching addresses that a request names, as a file to serve or as one that was uploaded.

It would ask only public addresses, but it would ask, in the name of this machine, and look up their names abroad. What
this program fetches is fetched by `papers/transport.py`, from arXiv.
"""

from __future__ import annotations


def keep_from_fetching() -> None:
    """Let every such address count as one that must not be asked; a second call does nothing."""
    import safehttpx

    safehttpx.async_validate_url = _refuse


async def _refuse(hostname: str) -> str:
    raise ValueError(f"Nothing is fetched from {hostname}.")
