"""What the embedded model sees of a conversation: the question, this turn's results, and what was found before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agent.cells import cell_of, is_cell
from agent.embedded.intent import standing_alone

FOLLOWED_BACK = 4
"""So many messages back a pronoun of a follow-up to a follow-up may lead."""
DECLINED = "the learner declined"
_CALL_ID = re.compile(r"call_(\d+)_")


@dataclass(frozen=True, slots=True)
class Done:
    """A tool call of this turn and what came back."""

    name: str
    arguments: Mapping[str, Any]
    artifact: Mapping[str, Any]
    text: str
    failed: bool
    step: int = 0
    """Place in the plan of the wish that asked for it."""

    @property
    def declined(self) -> bool:
        """Whether the learner said no to it."""
        return self.failed and self.text.lower().startswith(DECLINED)

    @property
    def passages(self) -> list[dict[str, Any]]:
        """The numbered passages that came back."""
        return list(self.artifact.get("passages", ()))


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier results of the conversation a wish may refer to."""

    found: tuple[Mapping[str, Any], ...] = ()
    """The papers of the last arXiv search, in its order."""
    added: Mapping[str, Any] = field(default_factory=dict)
    """The paper that was added last."""
    exercise: Mapping[str, Any] = field(default_factory=dict)
    """The open prediction exercise."""
    exercise_is_new: bool = False
    """It was given in the turn before this one."""
    exercise_was: bool = False
    """There was an exercise, open or not."""
    code: str = ""
    """The program that ran last."""
    run: Mapping[str, Any] = field(default_factory=dict)
    """What came of it."""
    result: Mapping[str, Any] = field(default_factory=dict)
    """What came of the last prediction."""
    document: str = ""
    """Title of the paper that was added, walked through or looked at last."""
    topic: str = ""
    """What the last exercise was asked about."""


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn as the embedded model sees it."""

    question: str
    previous: str
    """The learner's message before it, with what its own pronoun stands for; empty at the beginning."""
    earlier: Memory
    """What was known when that message was written."""
    before: Memory
    """What was known when the question was asked: it decides what the question means."""
    now: Memory
    """With the results of this turn: it fills in what a step needs from the steps before."""
    done: tuple[Done, ...] = ()


def view(messages: Sequence[BaseMessage]) -> TurnView:
    """The turn that the messages end with."""
    humans = [
        place for place, message in enumerate(messages) if isinstance(message, HumanMessage) and not is_cell(message)
    ]
    if not humans:
        return TurnView("", "", Memory(), Memory(), Memory())
    last = humans[-1]
    previous = ""
    for place in humans[:-1][-FOLLOWED_BACK:]:
        previous = standing_alone(str(messages[place].text), previous)
    turn_before = humans[-2] if len(humans) > 1 else 0
    return TurnView(
        question=str(messages[last].text),
        previous=previous,
        earlier=remember(messages[:turn_before]),
        before=remember(messages[:last], new_from=turn_before),
        now=remember(messages, new_from=turn_before),
        done=tuple(_done(messages[last + 1 :])),
    )


def remember(messages: Sequence[BaseMessage], *, new_from: int = 0) -> Memory:
    """What the artifacts of the messages leave to refer to; an exercise behind place `new_from` is new."""
    held: dict[str, Any] = {}
    for place, message in enumerate(messages):
        artifact = _artifact_of(message)
        match artifact.get("kind"):
            case "arxiv":
                held["found"] = tuple(artifact.get("results", ()))
                if held["found"] and held["found"][0].get("document_id"):
                    held["document"] = str(held["found"][0].get("title", ""))
            case "paper_added":
                held |= {"added": artifact, "document": str(artifact.get("title", ""))}
            case "exercise":
                exercise = dict(artifact.get("exercise", {}))
                held |= {"exercise": exercise, "exercise_is_new": place >= new_from, "exercise_was": True}
                held["topic"] = str(artifact.get("topic", ""))
            case "exercise_result":
                held |= {"exercise": {}, "result": artifact}
            case "python":
                held |= {"code": str(artifact.get("code", "")), "run": artifact}
            case "passages" if "aspects" in artifact:
                held["document"] = str(artifact.get("document", {}).get("title", ""))
    return Memory(**held)


def _artifact_of(message: BaseMessage) -> dict[str, Any]:
    """What a tool or a cell of the learner's own brought; {} of any other message."""
    if isinstance(message, ToolMessage):
        return message.artifact if isinstance(message.artifact, dict) else {}
    return cell_of(message)


def _done(messages: Sequence[BaseMessage]) -> list[Done]:
    arguments = {
        str(call["id"]): call["args"]
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    }
    return [
        Done(
            name=str(message.name),
            arguments=arguments.get(message.tool_call_id, {}),
            artifact=message.artifact if isinstance(message.artifact, dict) else {},
            text=str(message.text),
            failed=message.status == "error",
            step=_step_of(message.tool_call_id),
        )
        for message in messages
        if isinstance(message, ToolMessage)
    ]


def call_id(step: int, token: str) -> str:
    """The id of a call that says for which step of the plan it is."""
    return f"call_{step}_{token}"


def _step_of(identity: str) -> int:
    match = _CALL_ID.match(identity)
    return int(match[1]) if match else 0
