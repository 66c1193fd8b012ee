"""What a learner wants, read from the question by rule, so that the right tool is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agent.embedded.question import names_in, pointed_places
from agent.study.next_step import NEXT
from agent.words import content_words, words

IntentKind = Literal["greeting", "thanks", "library", "roadmap", "about", "read", "search", "language"]


@dataclass(frozen=True, slots=True)
class Intent:
    """One recognised wish, with what its tool needs."""

    kind: IntentKind
    queries: tuple[str, ...] = ()
    """What to search for; two for a comparison."""
    document: str = ""
    """Title or arXiv id named for reading, or whose authors and year are asked for."""
    first_page: int = 0
    last_page: int = 0
    section: str = ""
    topic: str = ""
    """What of the roadmap, or of the pages, was asked for; empty for all of it."""
    language: str = ""
    """The question's language when it is not English."""


LONGEST_TALK = 80
"""Characters; a longer message is about something."""
_GREETING = re.compile(
    r"^\s*tell me (?:a joke|something funny)[\s!.?]*$|"
    r"^\s*(?:(?:hi|hello|hey|good (?:morning|evening|afternoon|day)|greetings)(?: there| everyone| tutor)?[\s,!.]*)*"
    r"(?:(?:hi|hello|hey|good (?:morning|evening|afternoon|day)|greetings|who are you|what are you|help(?: me)?"
    r"|what can (?:you|i) (?:do|ask)(?: (?:for me|here|you))*|"
    r"how (?:do|can) (?:you (?:work|help(?: me)?)|i use (?:you|this))"
    r"|how are you(?: (?:doing|today))*|what(?:['’]s| is) up|nice to meet you)(?: there| everyone| tutor)?)[\s!.?]*$",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"^\s*(?:(?:ok(?:ay)?|great|cool|nice|perfect|good|fine|super|wonderful|excellent|awesome|wow|ah+|oh|yes|yep|right"
    r"|thanks?(?: (?:you|a lot|so much|very much|again))*|many thanks|cheers|got it|i see|understood|(?:good)?bye"
    r"|see you(?: (?:later|soon|tomorrow))?|(?:that|this|it)(?:['’]s| is| was)? (?:really |very |so )?"
    r"(?:helps?|helped|helpful|useful|clear|great|good|perfect|nice|interesting|makes sense|enough|all)"
    r"(?: (?:me|now|a lot|for (?:now|today)))*|makes sense|well done|good (?:job|answer|night)|you(?:['’]re| are) "
    r"(?:great|helpful|welcome|right))[\s,.!;:)-]*)+$",
    re.IGNORECASE,
)
"""A message that asks for nothing."""
_LIBRARY = re.compile(
    r"\b(what|which|list|show)\b.{0,30}\b(papers?|documents?|notes?|files?|sources?)\b.{0,40}"
    r"\b(have|library|stored|loaded|there|available|ingested)\b"
    r"|\b(list|show)\b.{0,20}\b(my|the)\b.{0,10}\blibrary\b|\bwhat('s| is) in (my|the) library\b",
    re.IGNORECASE,
)
_LIBRARY_ABOUT = re.compile(r"\blibrary\s+(?:about|on)\s+(?P<topic>[^?.!]{2,80})", re.IGNORECASE)
_ROADMAP = re.compile(
    r"\b(roadmap|curriculum|syllabus|learning path|study plan)\b|\bpart [1-5]\b"
    r"|\bwhat (should|do|can) i (study|learn|read|do) (next|first|after)\b|\bwhere (do|should) i start\b",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"\bwhat (?:should|shall|do|can) i (?:study|learn|read|do) next\b[\s,]*(?:please)?[\s?.!]*$", re.IGNORECASE
)
"""What the learner's own record answers."""
_ROADMAP_TOPIC = re.compile(
    r"\b(part [1-5])\b|\b(?:next|after|about|on|for|say about|cover)\s+(?:after\s+)?(?:the\s+)?([\w\- ]{3,40})", re.I
)
_READ = re.compile(
    r"\b(?:read|show|open|quote|summari[sz]e|what is on|what's on)\b.{0,20}?\b"
    r"(?:pages?\s+(?P<first>\d{1,4})(?:\s*(?:-|–|to|and)\s*(?P<last>\d{1,4}))?"
    r"|section\s+(?P<section>[\w.]+))"
    r"\s+(?:of|in|from)\s+(?P<document>.+)",
    re.IGNORECASE,
)
_PAGE_SAYS = re.compile(
    r"^\s*what (?:does|do) (?:the )?pages?\s+(?P<first>\d{1,4})(?:\s*(?:-|–|to|and)\s*(?P<last>\d{1,4}))?"
    r"\s+(?:of|in|from)\s+(?P<document>.+?)\s+(?:say|tell|show|explain)"
    r"(?:\s+(?:about|on|of)\s+(?P<topic>.+?))?\s*\??\s*$",
    re.IGNORECASE,
)
_NEXT_PAGE = re.compile(
    r"^\s*(?:(?:please |now |and |then )*(?:go on|continue|read on|turn|next)(?: reading)?(?: (?:to|with))?"
    r"(?: the)?(?: (?:next|following) page| page)?|(?:and )?(?:the )?next page)(?:,? please)?[\s.!?]*$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^\s*(?:who (?:wrote|authored|published|is the author of|are the authors of)"
    r"|(?:when|what year|which year|in which year) was)\s+(?P<document>.+?)"
    r"(?:\s+(?:published|written|released|put out))?\s*\??\s*$",
    re.IGNORECASE,
)
_OVERVIEW = re.compile(
    r"\b(?:summar(?:y of|i[sz]e)|overview of|main ideas? of|abstract of|what is|what's)\s+(?P<document>.+?)"
    r"(?P<about>\s+about)?\s*\??\s*$",
    re.IGNORECASE,
)
_LEVEL = re.compile(
    r"[,\s]*\b(?:like|as if) (?:i'm|i am|i were|to)\b.*$|[,\s]*\b(?:to|for) (?:a |an )?"
    r"(?:beginner|newcomer|child|novice|five[- ]year[- ]old)s?\b.*$"
    r"|[,\s]*\bin (?:simple|plain|easy) (?:terms|words|english)\b|,?\s+simply(?=[\s?.!]*$)",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(
    r"^(?:explain|describe|define)\s+(?!how\b|why\b|what\b|when\b|which\b|the difference\b)"
    r"(?P<topic>\S+(?:\s+\S+){0,5}?)[\s.!?]*$",
    re.IGNORECASE,
)
_AT_LENGTH = re.compile(
    r",?\s+in (?:at most |about )?(?:\d{1,3}|an?|one|two|three|four|five|six|ten|a few|some) (?:short |simple )?"
    r"(?:sentences?|words?|lines?|paragraphs?|bullets?(?: points)?|points)$",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(r"\b(?:papers?|notes?)\b|\d{4}\.\d{4,5}", re.IGNORECASE)
_COMPARE = re.compile(
    r"\b(?:compare|difference between|differences between|contrast)\s+(?P<a>.+?)\s+"
    r"(?:and|with|to|versus|vs\.?)\s+(?P<b>.+)|(?P<c>.+?)\s+(?:versus|vs\.?)\s+(?P<d>.+)",
    re.IGNORECASE,
)
_SIDE_ENDS = re.compile(r"[:;?]\s|\s[-–—]\s|,?\s(?:and\s)?(?:when|which|why|how|what)\s", re.IGNORECASE)
"""Where the second of two compared things is named and something else is asked: "RAG vs fine-tuning: when …"."""
_POLITE = re.compile(
    r"^\s*(?:(?:please|hi|hello|hey|ok|okay|so|and|now)[,\s]+)*"
    r"(?:(?:can|could|would|will) you (?:please )?(?:tell|explain|show|give|say|describe)(?: to)?(?: me)?\s*"
    r"|(?:tell|explain|give|describe)(?: to)?(?: me)\s+|i (?:want|would like|'d like) to (?:know|understand)\s+"
    r"|do you know\s+)?",
    re.IGNORECASE,
)
_REFERS_BACK = re.compile(
    r"\b(it|its|they|them|their|this|that|these|those|he|she|the (?:paper|authors|model|method))\b", re.I
)

_NAMES_ITS_SUBJECT = re.compile(
    r"^\s*what (?:is|are) (?:an? )?(?!(?:the|an?|it|its|this|that|these|those|they|he|she|there|next|new|left|missing"
    r"|more|wrong|different|better|best|one|another|other)\b)[\w-]+\s*\?*\s*$",
    re.IGNORECASE,
)
"""Short, and still a question of its own: "What is BERT?", which is also how "Explain BERT" is understood."""
_STANDS_FOR = re.compile(r"\b(?:it|they|them|(?P<own>its|their))\b", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:they|them|their)\b", re.IGNORECASE)
_ASKED_WHAT = re.compile(
    r"^\s*what (?:is|are|was|were) (?:a |an |the )?"
    r"(?P<topic>(?!(?:difference|best|most)\b)[\w-]+(?: (?!of\b|for\b|in\b)[\w-]+){0,3})\s*\?*\s*$"
    r"|^(?P<paper>the [\w-]+ paper)$",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(r"\b(?:does|do|did|is|are|was|were|has|have|can)\b", re.IGNORECASE)
FEWEST_OWN_WORDS = 1
"""Topic words of a follow-up beside its pronoun; "and why is it?" says too little without the question before it."""

_FOREIGN = {
    "French": "le la les des une est que qui dans pour pourquoi comment quelle quel avec sur et du expliquez",
    "German": "der die das und ist ein eine nicht wie was warum mit für von auf welche erkläre den dem",
    "Spanish": "el los las una que por qué cómo cuál para con del es y explica cuántas cuántos",
    "Italian": "il gli una che perché come quale con per della è di sono quanti spiega cosa",
    "Portuguese": "os uma que por como qual para com do da é não são quantas explique",
}
_FOREIGN_WORDS = {language: frozenset(text.split()) for language, text in _FOREIGN.items()}
_ENGLISH = "the is are what how why does do in of and to a an for with which when who explain compare between"
_ENGLISH_WORDS = frozenset(_ENGLISH.split())


def foreign_language(question: str) -> str:
    """The name of the question's language when it is plainly not English, else ''."""
    letters = [character for character in question if character.isalpha()]
    if letters and sum(character.isascii() for character in letters) < 0.5 * len(letters):
        return "another script"
    found = words(question)
    english = sum(word in _ENGLISH_WORDS for word in found)
    counts = {language: sum(word in known for word in found) for language, known in _FOREIGN_WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] >= 2 and counts[best] > 2 * english else ""


def without_politeness(question: str) -> str:
    """The question without 'please can you tell me' before it and 'like I am five' behind it."""
    stripped = _LEVEL.sub("", _POLITE.sub("", question, count=1)).strip()
    if match := _EXPLAIN.match(stripped):
        stripped = f"What is {match['topic']}?"
    return stripped if len(stripped) >= 3 else question.strip()


def refers_back(question: str) -> bool:
    """Whether a question cannot be understood without the one before it."""
    found = words(question)
    if len(found) <= 3:
        return not _NAMES_ITS_SUBJECT.match(question)
    return len(found) <= 12 and bool(_REFERS_BACK.search(question)) and "paper that" not in question.lower()


def with_context(question: str, previous: str) -> str:
    """The question to search for: with what "it" stands for, or behind the previous one where that is not plain."""
    if not previous or not refers_back(question):
        return question
    alone = standing_alone(question, previous)
    return alone if alone != question else f"{previous.rstrip(' ?.')}: {question}"


def standing_alone(question: str, previous: str) -> str:
    """A follow-up with what its pronoun stands for; the question as it is where the previous one does not tell."""
    subject = _subject_of(previous) if previous and refers_back(question) else ""
    several = _SEVERAL.search(question) and len(names_in(previous)) > 1
    if subject and not several and len(content_words(question)) >= FEWEST_OWN_WORDS:
        return _STANDS_FOR.sub(lambda match: subject + ("'s" if match["own"] else ""), question, count=1)
    return question


def _subject_of(previous: str) -> str:
    """What a question is about, as "it" of the next one means it; empty where the words do not tell."""
    if match := _ASKED_WHAT.match(previous):
        return str(match["topic"] or match["paper"])
    behind = _AUXILIARY.search(previous)
    named = names_in(previous[behind.end() :]) if behind else ()
    return named[0] if named else ""


def _overview_of(question: str) -> str:
    """The paper or note whose gist is asked for; '' when a topic is asked about."""
    match = _OVERVIEW.search(question)
    if match is None:
        return ""
    plain_question = match.group().lower().startswith(("what is", "what's"))
    named = _AT_LENGTH.sub("", match["document"].strip(" ?.!\"'"))
    return "" if (plain_question and not match["about"]) or not _DOCUMENT.search(named) else named


def _is_dated(question: str) -> bool:
    return bool(re.search(r"\b(published|written|released|put out)\b", question, re.IGNORECASE))


def _small_talk(message: str) -> Literal["greeting", "thanks", ""]:
    """Whether a message only greets or thanks."""
    if len(message) > LONGEST_TALK:
        return ""
    return "greeting" if _GREETING.match(message) else "thanks" if _THANKS.match(message) else ""


def _reads(question: str, previous: str) -> Intent | None:
    """The pages or the section asked for, also as "the next page" after others; None when nothing is to be read."""
    if match := _PAGE_SAYS.match(question):
        first, topic = int(match["first"]), match["topic"] or ""
        last, document = int(match["last"] or first), _bare(match["document"])
        return Intent("read", document=document, first_page=first, last_page=last, topic=topic)
    before = (_PAGE_SAYS.match(previous) or _READ.search(previous)) if _NEXT_PAGE.match(question) else None
    if before and before["first"]:
        page = int(before["last"] or before["first"]) + 1
        return Intent("read", document=_bare(before["document"]), first_page=page, last_page=page)
    if match := _READ.search(question):
        first = int(match["first"] or 0)
        document, section = _bare(match["document"]), match["section"] or ""
        last = int(match["last"] or first)
        return Intent("read", document=document, first_page=first, last_page=last, section=section)
    if document := _overview_of(question):
        return Intent("read", document=document, first_page=1, last_page=1)
    return None


def _bare(document: str) -> str:
    return document.strip(" ?.!\"'")


def recognise(question: str, previous: str = "") -> Intent:
    """The intent of `question`; `previous` is the learner's question before it, or ''."""
    if language := foreign_language(question):
        return Intent("language", language=language)
    if talk := _small_talk(question):
        return Intent(talk)
    if (about := _LIBRARY_ABOUT.search(question)) and _LIBRARY.search(question):
        return Intent("search", queries=(f"What is {about['topic'].strip()}?",))
    if _LIBRARY.search(question):
        return Intent("library")
    if reading := _reads(question, previous):
        return reading
    if (match := _ABOUT.match(question)) and (question.lower().lstrip().startswith("who") or _is_dated(question)):
        return Intent("about", document=match["document"].strip(" ?.!\"'"))
    if _NEXT.search(question):
        return Intent("roadmap", topic=NEXT)
    if _ROADMAP.search(question):
        topic = _ROADMAP_TOPIC.search(question)
        named = next((group for group in topic.groups() if group), "") if topic else ""
        return Intent("roadmap", topic="" if named.strip() in {"roadmap", "the roadmap"} else named.strip())
    asked = with_context(without_politeness(question), previous)
    if (match := _COMPARE.search(asked)) and not pointed_places(asked):
        sides = [_SIDE_ENDS.split(side)[0].strip(" ?.!") or side.strip(" ?.!") for side in match.groups() if side]
        return Intent("search", queries=(asked, *sides))
    return Intent("search", queries=(asked,))
