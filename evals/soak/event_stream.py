"""What an endpoint of the page answers with: a stream of server-sent events, beats of the heart among them.

Source of the form: https://html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.6.
"""

import json
from typing import Any

COMPLETE = "complete"


def answer_of(stream: str) -> Any:
    """The value that a finished call gave.

    A call that takes long sends `event: heartbeat` before, with data of its own, and the words of an answer may
    hold anything; so the stream is read by its lines.

    Raises:
        ValueError: the stream has no event of a finished call; its beginning is told.
    """
    event = ""
    for line in stream.split("\n"):
        name, _, value = line.partition(": ")
        if name == "event":
            event = value.strip()
        elif name == "data" and event == COMPLETE:
            return json.loads(value)[0]
    raise ValueError(f"The call did not finish: {stream[:200]}")
