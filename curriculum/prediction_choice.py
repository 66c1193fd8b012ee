"""Which exercise suits a learner's wish, given what they did before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from curriculum.load import load_curriculum
from curriculum.matching import ACCEPTED_FIT, fit, words_of
from curriculum.prediction_values import LEVELS, Prediction
from errors import ExerciseError

_LEVEL_WORDS = {
    "beginner": ("newcomer", "easy", "simple", "basic"),
    "intermediate": ("engineer", "medium", "normal", "moderate"),
    "advanced": ("researcher", "hard", "difficult", "expert"),
}
_GENERIC = frozenset(
    words_of(
        "another code exercise give new notebook one output predict prediction question quiz run something numpy python"
    )
)
"""Words of a wish for an exercise that do not say what it is about."""
_LONGEST_WISH = 200
"""Characters; what comes after is not read."""
_OWN_WORDS = 0.1
"""What it adds to a fit when all of a wish's words stand in the exercise's own names."""
_BESIDE = 0.1
"""What it takes from a fit when the exercise only touches the topic."""
_ACCEPTED_SHARE = 0.6
"""So much of a wish's words must stand in the names of an exercise and its topics, from 0 to 1."""


def choose_prediction(
    predictions: Sequence[Prediction], *, topic: str = "", done: Iterable[str] = (), level: str = ""
) -> Prediction:
    """The exercise that suits the topic best among those not done yet; when all are done, the one done longest ago.

    `done` holds ids of exercises, the newest first, as the learner's record gives them.

    Raises:
        ExerciseError: no exercise is about the topic, or none of this level is.
    """
    fits = {prediction.id: _topic_fit(topic, prediction) for prediction in predictions}
    about = [prediction for prediction in predictions if fits[prediction.id] >= ACCEPTED_FIT]
    if not about:
        raise _nothing_about(topic, predictions)
    wanted_level = _level_meant(level)
    suitable = [prediction for prediction in about if wanted_level in ("", prediction.level)]
    if not suitable:
        levels = ", ".join(one for one in LEVELS if any(prediction.level == one for prediction in about))
        raise ExerciseError(f"No exercise on this is of level {wanted_level}.", hint=f"There are some of: {levels}.")
    places: dict[str, int] = {}
    for place, prediction_id in enumerate(done):
        places.setdefault(prediction_id, place)
    return min(suitable, key=lambda one: (one.id in places, -places.get(one.id, 0), -fits[one.id]))


def _topic_fit(topic: str, prediction: Prediction) -> float:
    """How well an exercise suits a wish: accepted from `ACCEPTED_FIT` on; without a wish all suit."""
    said = words_of(topic[:_LONGEST_WISH]) if topic.strip() else []
    numbers = [int(word) for word in said if word.isdigit() and len(word) <= 2]
    if "notebook" in said and numbers:
        return 1.0 if prediction.notebook in numbers else 0.0
    words = [word for word in said if word not in _GENERIC]
    if not words:
        return 1.0 if said or not topic.strip() else 0.0
    own = [words_of(name) for name in (prediction.title, *prediction.keywords)]
    main, others = _names_around(prediction)
    whole = max(fit(words, label) for label in (*own, *main))
    beside = max((fit(words, label) for label in others), default=0.0)
    partly = ACCEPTED_FIT if _share(words, [*own, *main, *others]) >= _ACCEPTED_SHARE else 0.0
    best = max(whole, beside, partly)
    if best < ACCEPTED_FIT:
        return best
    return max(whole, beside - _BESIDE, ACCEPTED_FIT) + _OWN_WORDS * _share(words, own)


def _share(words: list[str], labels: Iterable[list[str]]) -> float:
    """The share of the words that stand in any of the labels, from 0 to 1."""
    together = {word for label in labels for word in label}
    return sum(word in together for word in words) / len(words)


def _names_around(prediction: Prediction) -> tuple[list[list[str]], list[list[str]]]:
    """The words of the names of its notebook and first topic, and of those of its other topics."""
    names = _names_of_topics()
    first, *others = [names.get(topic_id, []) for topic_id in prediction.topic_ids] or [[]]
    return names.get(prediction.notebook, []) + first, [label for labels in others for label in labels]


@cache
def _names_of_topics() -> Mapping[str | int, list[list[str]]]:
    """The words of every name of each topic (by its id) and notebook (by its number)."""
    curriculum = load_curriculum()
    names: dict[str | int, list[str]] = {
        topic.id: [topic.id, topic.title, *topic.keywords] for topic in curriculum.topics
    }
    names.update({notebook.number: [notebook.title, notebook.name] for notebook in curriculum.notebooks})
    return {key: [words_of(label) for label in labels] for key, labels in names.items()}


def _level_meant(level: str) -> str:
    word = level.strip().casefold()
    if not word:
        return ""
    for known, others in _LEVEL_WORDS.items():
        if word in (known, *others):
            return known
    raise ExerciseError(f"There is no level {level.strip()[:40]!r}.", hint=f"Choose one of: {', '.join(LEVELS)}.")


def _nothing_about(topic: str, predictions: Sequence[Prediction]) -> ExerciseError:
    used = {topic_id for prediction in predictions for topic_id in prediction.topic_ids}
    titles = [one.title for one in load_curriculum().topics if one.id in used]
    return ExerciseError(
        f"There is no prediction exercise about {topic.strip()[:80]!r}.",
        hint=f"There are some on: {'; '.join(titles)}.",
    )
