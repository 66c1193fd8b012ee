"""`python -m agent mcp`: its arguments, and what it does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from errors import SettingsError

if TYPE_CHECKING:
    from agent.mcp.rooms import StudyRooms


def add_command(add: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `python -m agent`; the addresses' defaults stand in `agent/mcp/serving.py`."""
    command = add.add_parser("mcp", help="serve library, quizzes and progress to other programs (MCP)")
    command.add_argument("--http", action="store_true", help="over HTTP to this machine, instead of stdin and stdout")
    command.add_argument("--host", help="with --http: a name of this machine; default: 127.0.0.1")
    command.add_argument("--port", type=int, help="with --http; default: 7870; 0 takes a free one")
    command.add_argument("--home", metavar="FOLDER", type=Path, help="data folder; default: STUDY_HOME")
    command.set_defaults(model=None)


def run(options: argparse.Namespace, rooms: StudyRooms) -> int:
    """Serve until the client, or the learner, ends it.

    Raises:
        SettingsError: the address cannot be used.
        PortInUseError: another program listens there.
    """
    from agent.mcp.serving import HOST, PORT, serve_http, serve_stdio

    if options.http:
        serve_http(rooms, options.host or HOST, PORT if options.port is None else options.port)
    elif options.host is not None or options.port is not None:
        raise SettingsError("A host and a port are for HTTP.", hint="Add --http.")
    else:
        serve_stdio(rooms)
    return 0
