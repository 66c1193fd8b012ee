"""The doors of the prediction exercises: `load_predictions`, `find_prediction` and `choose_prediction`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from curriculum.curriculum import Curriculum
from curriculum.load import curriculum_folder, load_curriculum
from curriculum.model import Level, TopicId
from curriculum.prediction_choice import choose_prediction
from curriculum.prediction_values import LEVELS, Misconception, Prediction, PredictionId, PredictionKind
from curriculum.tables import Entry, Faults, entries_of, read_toml
from errors import CurriculumError, ExerciseError

FILE_NAME = "predictions.toml"
CODE_LINES = range(4, 16)
_KINDS = ("text", "number", "shape", "boolean", "exception")

__all__ = ["choose_prediction", "find_prediction", "load_predictions"]


def load_predictions(path: Path | None = None) -> tuple[Prediction, ...]:
    """The exercises in the file `path` (ours by default), in the order of the notebooks.

    Ours are read once per process.

    Raises:
        CurriculumError: its message lists all faults of the file.
    """
    return _ours() if path is None else _read(path)


def find_prediction(prediction_id: str, predictions: Iterable[Prediction] | None = None) -> Prediction:
    """The exercise of that id.

    Raises:
        ExerciseError: there is none.
    """
    wanted = prediction_id.strip().casefold()
    for prediction in load_predictions() if predictions is None else predictions:
        if prediction.id == wanted:
            return prediction
    raise ExerciseError(
        f"There is no prediction exercise {prediction_id.strip()[:80]!r}.", hint="Ask for a new one by its topic."
    )


@cache
def _ours() -> tuple[Prediction, ...]:
    return _read(curriculum_folder() / FILE_NAME)


def _read(path: Path) -> tuple[Prediction, ...]:
    faults = Faults()
    curriculum = load_curriculum()
    values: Mapping[str, Any] | None = read_toml(path, faults)
    predictions = []
    if values is not None:
        for entry in entries_of(values.get("prediction"), f"{path.name} prediction", faults):
            predictions.append(_parse(entry, curriculum))
            entry.close()
        Entry(path.name, {key: None for key in values if key != "prediction"}, faults).close()
    for name in ("id", "title", "code"):
        used = Counter(str(getattr(prediction, name)).strip() for prediction in predictions)
        for value in [value for value, count in used.items() if value and count > 1]:
            faults.add(f"prediction {name}", f"{value!r} is used more than once")
    if faults.messages:
        raise CurriculumError(
            "\n- ".join([f"The prediction exercises have {len(faults.messages)} faults:", *faults.messages]),
            hint=f"Mend {path}.",
        )
    return tuple(sorted(predictions, key=lambda prediction: prediction.notebook))


def _parse(entry: Entry, curriculum: Curriculum) -> Prediction:
    kind = cast(PredictionKind, entry.choice("kind", _KINDS))
    prediction = Prediction(
        id=PredictionId(entry.text("id")),
        title=entry.text("title"),
        keywords=entry.texts("keywords"),
        topic_ids=tuple(TopicId(topic) for topic in entry.texts("topics", required=True)),
        notebook=entry.number("notebook"),
        level=cast(Level, entry.choice("level", LEVELS)),
        prompt=entry.text("prompt"),
        code=_code(entry),
        expected="\n".join(line.rstrip() for line in entry.text("expected").strip().splitlines()),
        kind=kind,
        tolerance=_tolerance(entry, kind),
        misconceptions=tuple(_parse_misconception(item) for item in entry.entries("misconception")),
        explanation=entry.text("explanation"),
    )
    _check(entry, prediction, curriculum)
    return prediction


def _parse_misconception(entry: Entry) -> Misconception:
    misconception = Misconception(answer=entry.text("answer"), explanation=entry.text("explanation"))
    entry.close()
    return misconception


def _code(entry: Entry) -> str:
    code = entry.text("code").strip()
    try:
        compile(code, "<exercise>", "exec")
    except (SyntaxError, ValueError) as error:
        entry.fault(f"`code` is not Python: {error}")
    if len(code.splitlines()) not in CODE_LINES:
        entry.fault(f"`code` must have {CODE_LINES.start} to {CODE_LINES.stop - 1} lines")
    return code + "\n"


def _tolerance(entry: Entry, kind: str) -> float:
    value = entry.real("tolerance", 0.0)
    if value < 0 or (value and kind not in ("number", "text")):
        entry.fault(f"`tolerance` is for numbers and must not be negative, not {value} for {kind}")
    return value


def _check(entry: Entry, prediction: Prediction, curriculum: Curriculum) -> None:
    known = {topic.id for topic in curriculum.topics}
    for topic_id in prediction.topic_ids:
        if topic_id not in known:
            entry.fault(f"there is no topic {topic_id!r}")
    if not prediction.topic_ids:
        entry.fault("must name at least one topic")
    if prediction.notebook not in {notebook.number for notebook in curriculum.notebooks}:
        entry.fault(f"there is no notebook {prediction.notebook}")
    if not 1 <= len(prediction.misconceptions) <= 3:
        entry.fault(f"must have one to three misconceptions, not {len(prediction.misconceptions)}")
