"""The learner's record as one JSON file, to keep a copy of it or to take it to another machine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from errors import LearnerRecordError
from learner.new_file import write_new
from learner.store import EVERYTHING, LearnerStore
from learner.values import Evidence, EvidenceKind

FORMAT = "roadmap-study-assistant/learner-record"
VERSION = 1
"""Of the file's form. A file of a newer version is refused, one of an older version would be read."""
LARGEST_MEGABYTES = 256
"""An act takes about 0.6 kB, so this is room for some 400,000 of them."""

_TEXTS = ("key", "kind", "item_id", "given", "expected", "conversation_id")
_LISTS = ("topic_ids", "paper_ids")
_FIELDS = frozenset(field.name for field in fields(Evidence)) - {"withdrawn_at"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought."""

    acts: int
    """New in the record."""
    withdrawals: int
    """New in the record."""
    known_acts: int
    """There before, and left as they were."""


def export_text(store: LearnerStore, *, at: datetime) -> str:
    """The whole record as JSON: its form and version, all evidence oldest first, and what was withdrawn when."""
    return _export_of(_all_in(store), at)


def _all_in(store: LearnerStore) -> list[Evidence]:
    return store.evidence(limit=EVERYTHING, include_withdrawn=True)[::-1]


def _export_of(evidence: Sequence[Evidence], at: datetime) -> str:
    values = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": _time_text(at),
        "evidence": [_values_of(one) for one in evidence],
        "withdrawals": [
            {"key": one.key, "at": _time_text(one.withdrawn_at)} for one in evidence if one.withdrawn_at is not None
        ],
    }
    return json.dumps(values, indent=1) + "\n"


def export_file(store: LearnerStore, path: Path, *, at: datetime) -> int:
    """How many acts the new file holds; it appears whole or not at all.

    Raises:
        LearnerRecordError: there is such a file already, or it cannot be written.
    """
    evidence = _all_in(store)
    text = _export_of(evidence, at)
    write_new(path, lambda unfinished: unfinished.write_text(text, encoding="ascii", newline="\n"))
    return len(evidence)


def import_file(store: LearnerStore, path: Path) -> Imported:
    """What came into the record from a file that was exported; all of it, or nothing with an error.

    An act whose key is in the record stays as the record has it, so importing a file again changes nothing.

    Raises:
        LearnerRecordError: the file cannot be read, is not ours, is from a newer version, or is damaged.
    """
    evidence = read_export(_text_of(path), name=path.name)
    acts, withdrawals = store.record_all(evidence)
    return Imported(acts, withdrawals, len(evidence) - acts)


def read_export(text: str, *, name: str) -> list[Evidence]:
    """The evidence of an export, with its withdrawals.

    Args:
        text: what the file holds.
        name: how to call the file in an error.

    Raises:
        LearnerRecordError: it is not ours, is from a newer version, or is damaged.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        if FORMAT in text[:200]:
            raise _damaged(name, "it is cut off or not JSON any more") from error
        raise _not_ours(name) from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise _not_ours(name)
    version = values.get("version")
    if type(version) is not int or version < 1:
        raise _damaged(name, "it does not say its version")
    if version > VERSION:
        raise LearnerRecordError(
            f"“{name}” was exported by a newer version of the assistant; nothing was changed.",
            hint="Update the assistant and import again.",
        )
    try:
        return list(_evidence_in(values))
    except ValueError as error:
        raise _damaged(name, str(error)) from error


def _text_of(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise LearnerRecordError(f"{path} is not a file.", hint="Name a file that was exported.")
        if path.stat().st_size > LARGEST_MEGABYTES * 1_000_000:
            raise LearnerRecordError(
                f"“{path.name}” is larger than {LARGEST_MEGABYTES} MB, which no learning record is.",
                hint="Name a file that was exported.",
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_ours(path.name) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise LearnerRecordError(f"{path} cannot be read ({reason}).", hint="Check the name of the file.") from error


def _not_ours(name: str) -> LearnerRecordError:
    return LearnerRecordError(
        f"“{name}” is not an exported learning record; nothing was changed.",
        hint="Such files are made with: python -m learner export FILE.",
    )


def _damaged(name: str, why: str) -> LearnerRecordError:
    return LearnerRecordError(
        f"“{name}” is damaged ({why}); nothing was changed.", hint="Export it again where it came from."
    )


# Single acts


def _values_of(evidence: Evidence) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(evidence, name) for name in _TEXTS}
    for name in _LISTS:
        values[name] = list(getattr(evidence, name))
    return {**values, "outcome": evidence.outcome, "at": _time_text(evidence.at), "details": evidence.details}


def _time_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _evidence_in(values: dict[str, Any]) -> Iterator[Evidence]:
    """The acts of a file of the present version.

    Raises:
        ValueError: why they cannot be used.
    """
    acts = [_evidence_of(number, one) for number, one in enumerate(_list_in(values, "evidence"), start=1)]
    withdrawn = dict(_withdrawal_of(number, one) for number, one in enumerate(_list_in(values, "withdrawals"), start=1))
    twice = [key for key, count in Counter(act.key for act in acts).items() if count > 1]
    if twice:
        raise ValueError(f"act {_shown(twice[0])} is there twice")
    unknown = withdrawn.keys() - {act.key for act in acts}
    if unknown:
        raise ValueError(f"act {_shown(min(unknown))} is withdrawn but not there")
    for act in acts:
        yield replace(act, withdrawn_at=withdrawn.get(act.key))


def _list_in(values: dict[str, Any], name: str) -> list[Any]:
    found = values.get(name)
    if not isinstance(found, list):
        raise ValueError(f"its list “{name}” is missing")
    return found


def _evidence_of(number: int, values: Any) -> Evidence:
    if not isinstance(values, dict) or values.keys() != _FIELDS:
        raise ValueError(f"act {number} does not have the fields of an act")
    texts = all(isinstance(values[name], str) for name in _TEXTS)
    lists = all(isinstance(values[name], list) and all(isinstance(one, str) for one in values[name]) for name in _LISTS)
    if not (texts and lists and type(values["outcome"]) in (int, float) and isinstance(values["details"], dict)):
        raise ValueError(f"act {number} has a value of the wrong type")
    if values["kind"] not in get_args(EvidenceKind):
        raise ValueError(f"act {number} is of no kind we know")
    at = _time_of(values["at"], f"act {number}")
    try:
        return Evidence(**{**values, **{name: tuple(values[name]) for name in _LISTS}, "at": at})
    except ValueError as error:
        raise ValueError(f"act {number}: {error}") from error


def _withdrawal_of(number: int, values: Any) -> tuple[str, datetime]:
    if not isinstance(values, dict) or values.keys() != {"key", "at"} or not isinstance(values["key"], str):
        raise ValueError(f"withdrawal {number} does not have a key and a time")
    return values["key"], _time_of(values["at"], f"withdrawal {number}")


def _time_of(value: Any, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where} has no time") from error
    if at.utcoffset() != timedelta(0):
        raise ValueError(f"{where} has a time that is not in UTC")
    return at.astimezone(UTC)


def _shown(key: str) -> str:
    return f"“{key if len(key) <= 60 else key[:59] + '…'}”"
