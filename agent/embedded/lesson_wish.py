"""Study modes, plans, what the learner did before, and what a topic rests on, read from words by rule."""

from __future__ import annotations

import re

from agent.embedded.quiz_wish import ToldWish

_TOPIC = r"(?:\s+(?:on|about|in|of|for|with)\s+(?P<topic>.+?))?"
_SOCRATIC = re.compile(
    rf"^(?:(?:start|begin|do|use|switch to|let'?s (?:do|have|try))\s+)?(?:a |the )?(?:socratic(?:ally)?)(?: (?:mode"
    rf"|session|dialogue|tutoring|questions|method))*{_TOPIC}$"
    r"|^(?:teach|ask|question|tutor) me(?: about| on)? (?P<taught>.+?),? (?:socratically"
    r"|by asking(?: me)? questions|in (?:the )?socratic (?:mode|way|style|method))$"
    r"|^(?:teach|tutor) me socratically(?: about| on)? (?P<also>.+)$",
    re.IGNORECASE,
)
_TEACH_BACK = re.compile(
    rf"^(?:(?:start|begin|do|let'?s (?:do|try))\s+)?(?:a |the )?teach[- ]?back(?: (?:mode|session))?{_TOPIC}$"
    r"|^(?:let me|i(?:'ll| will| want to| would like to)?) (?:explain|teach)(?: to you"
    r"| you)? (?P<taught>.+?)(?: to you)?(?: back)?$",
    re.IGNORECASE,
)
_WALK = re.compile(
    r"^(?:walk|take|guide) me through (?P<paper>.+?),? (?:section by section|with (?:check )?(?:questions"
    r"|checks))(?: with (?:check )?(?:questions|checks))?$"
    r"|^(?:start |begin |do )?(?:a |the )?(?:paper )?walk-?through (?:of|through"
    r"|for) (?P<also>.+?)(?: section by section)?(?: with (?:check )?(?:questions|checks))?$",
    re.IGNORECASE,
)
_LEVEL = re.compile(
    r"^explain (?P<topic>.+?),? (?:(?:to|for|as|like|as if i were|at the level of) (?:a |an |me as a )?(?:complete "
    r"|total )?"
    r"(?P<level>newcomer|beginner|novice|engineer|developer|programmer|researcher|expert|scientist)s?(?: level)?"
    r"|at (?:a |an )?(?P<at>newcomer|engineer|researcher)(?:'s)? level)$",
    re.IGNORECASE,
)
_PLAN = re.compile(
    r"^(?:(?:make|give|create|draw up|write|show)(?: me)? )?(?:a |an |the "
    r"|my )?(?:(?P<before>\d{1,3})[- ]weeks? )?(?:study|learning) plan"
    r"(?: for(?: the next)? (?P<weeks>\d{1,3}) weeks?)?(?: (?:for|on|about|to learn|to reach"
    r"|towards) (?P<topic>.+?))?(?: in (?P<within>\d{1,3}) weeks?)?$"
    r"|^plan (?:my )?(?:next )?(?P<plan>\d{1,3}) weeks?(?: (?:for|on|about|to learn) (?P<on>.+))?$",
    re.IGNORECASE,
)
_RECALL = re.compile(
    r"^(?:what|which(?: (?:quiz|test|review))? (?:questions?|answers?|items?)) did i (?:get|answer|do) wrong(?:ly)?"
    r"(?: before| earlier| in (?:quizzes|tests|reviews))?(?: (?:on|about|in) (?P<topic>.+?))?"
    r"(?: (?P<when>today|yesterday"
    r"|(?:in the )?last week|this week|last month|this month|recently|so far|lately))?$"
    r"|^how (?:did|am|do|have) i (?:do|doing|done)(?: (?:so far|lately))?(?: (?:on|with|in"
    r"|at) (?P<also>.+?))?(?: (?P<since>today|yesterday|last week|this week|last month|this month|recently|so far"
    r"|lately))?$"
    r"|^what (?:have|did) (?:i|we) (?:talk(?:ed)?|speak|spoken|discuss(?:ed)?|ask(?:ed)?|stud(?:y|ied)"
    r"|learn(?:ed)?)(?: about)?(?: (?:on|about|of) (?P<spoken>.+?))?(?: (?P<then>today|yesterday|last week"
    r"|this week|last month|recently|before|so far))?$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"^what (?:do|should|must) i (?:need|need to know|know|learn|understand|read|study)(?: to know| to learn"
    r"| to read)? (?:before|for|first for)(?: (?:i (?:learn|read|study|start)|learning|reading|studying"
    r"|starting))? (?P<topic>.+)$"
    r"|^(?:what are )?(?:the )?prerequisites (?:of|for|to) (?P<also>.+)$|^what does (?P<rests>.+?) (?:rest|build"
    r"|depend) on$",
    re.IGNORECASE,
)


def read_lesson(text: str) -> ToldWish | None:
    """The wish for a study mode, a plan, a recollection or prerequisites; None for any other text."""
    bare = re.sub(r"[\s,]*\bplease$", "", " ".join(text.split()).strip(" ?.!"), flags=re.IGNORECASE)
    for pattern, mode, title in (
        (_SOCRATIC, "socratic", "Socratic session"),
        (_TEACH_BACK, "teach-back", "Teach-back"),
    ):
        if match := pattern.match(bare):
            topic = _first(match)
            return ToldWish("study_mode", {"mode": mode, "topic": topic}, f"{title} on {topic}", topic)
    if match := _WALK.match(bare):
        topic = _first(match)
        return ToldWish("study_mode", {"mode": "walk-through", "topic": topic}, f"Walk through {topic}", topic)
    if match := _PLAN.match(bare):
        weeks = next((match[one] for one in ("before", "weeks", "within", "plan") if match[one]), None)
        topic = match["topic"] or match["on"] or ""
        return ToldWish("study_plan", {"weeks": int(weeks) if weeks else None, "topic": topic}, "Study plan")
    if match := _BEFORE.match(bare):
        topic = _first(match)
        return ToldWish("prerequisites", {"topic": topic}, f"What {topic} rests on", topic)
    if match := _RECALL.match(bare):
        period = next((match[one] for one in ("when", "since", "then") if match[one]), "")
        topic = next((match[one] for one in ("topic", "also", "spoken") if match[one]), "")
        return ToldWish("recall_attempts", {"topic": topic, "period": period}, "Recall what you did")
    return None


def read_level(text: str) -> ToldWish | None:
    """The wish to hear a topic explained at a level; None for any other text."""
    match = _LEVEL.match(" ".join(text.split()).strip(" ?.!"))
    if match is None:
        return None
    topic = match["topic"]
    arguments = {"mode": "explain", "topic": topic, "level": match["level"] or match["at"]}
    return ToldWish("study_mode", arguments, f"Explain {topic}", topic)


def _first(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group), "")
