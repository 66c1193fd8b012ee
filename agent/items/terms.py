"""The real terms of the field and of a document: what a cloze item may leave out, and what may stand beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from vectorstore.passage import Passage

if TYPE_CHECKING:
    from curriculum.contents import Contents

LEAST_MENTIONS = 3
"""A phrase of a document that is none of ours counts as its term when it is named so often."""
_KEY_TERMS = re.compile(r"^## Key terms\n(?P<body>.*?)(?=^## )", re.MULTILINE | re.DOTALL)
SUBJECT = re.compile(
    r"^(?:An?|The)?\s*(?P<term>[\w-]+(?: [\w-]+){0,3}?)(?:, [^,]{2,40},)? "
    r"(?:is|are|means|maps|computes|runs|sets|stands|tells|says|replaces|adds|keeps|gives|turns|trains|holds|uses)\b"
)
_NO_TERMS = frozenset(
    re.findall(
        r"\w+",
        "probability training scaling memory act implementation observation vaswani attention is all you need "
        "evaluation agent cost safety tool layer importance relevance album category serving monitoring "
        "deployment ",
    )
)
"""Keywords of topics that are too wide, or no terms, beside the term that a sentence defines."""
_GENERIC = frozenset(
    re.findall(
        r"\w+",
        "the a an this that these those it its they their we our us you your he she his her one ones two "
        "three both each every any all some many most few more less other another such same first second "
        "third last next new old good bad result results if when while there here what which who how why for "
        "in on of at by to with from as and or but not no only also thus hence then so our way ways case "
        "cases thing things idea ideas goal goals work works paper papers section table figure example "
        "examples problem problems number numbers part parts point points reason reasons difference advantage "
        "advantages purpose aim question answer task tasks method methods model models approach approaches "
        "system systems process value set kind type step steps main key important common general different "
        "similar simple following previous above below present current proposed resulting final whole total "
        "is are was were be been being has have had do does did can could may might will would should must ",
    )
)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of the field, in lower case, with what other names each has."""

    names: frozenset[str]
    same: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Term to its other names: an acronym to what it stands for, and back."""

    def are_same(self, one: str, other: str) -> bool:
        """Whether two names may mean the same: they share a word, or one stands for the other."""
        first, second = one.casefold(), other.casefold()
        words = set(re.findall(r"[a-z0-9]+", first)) & set(re.findall(r"[a-z0-9]+", second))
        return bool(words) or second in self.same.get(first, ()) or singular(first) == singular(second)


def singular(term: str) -> str:
    """The term without a plural s."""
    return term[:-1] if len(term) > 3 and term.endswith("s") and not term.endswith("ss") else term


def terms_of(contents: Contents | None) -> Terms:
    """What the roadmap names: its glossary, papers' short names, topics' keywords, and the key terms of our notes."""
    return Terms(frozenset()) if contents is None else _terms(contents)


def _terms(contents: Contents) -> Terms:
    same: dict[str, frozenset[str]] = {}
    names: set[str] = set()
    for acronym, meaning in contents.glossary.items():
        pair = (acronym.casefold(), meaning.casefold())
        names |= set(pair)
        same |= {pair[0]: frozenset({pair[1]}), pair[1]: frozenset({pair[0]})}
    names |= {alias.casefold() for paper in contents.papers for alias in paper.aliases if len(alias.split()) <= 3}
    names |= {word.casefold() for topic in contents.topics for word in topic.keywords if len(word.split()) <= 3}
    for path in (note.path for note in contents.notes):
        names |= _key_terms(path)
    return Terms(frozenset(name for name in names if not is_generic(name) and len(name) >= 3), same)


@cache
def _key_terms(path: Path) -> frozenset[str]:
    """What the sentences of a note's key terms are about, in lower case."""
    match = _KEY_TERMS.search(path.read_text(encoding="utf-8"))
    lines = match["body"].splitlines() if match else []
    return frozenset(found["term"].casefold() for line in lines if (found := SUBJECT.match(line.strip())))


def is_generic(phrase: str) -> bool:
    """Whether a phrase has a determiner, a pronoun or a word that every text uses, and so is no term."""
    words = re.findall(r"[a-z]+", phrase.casefold())
    return not words or words[0] in _GENERIC or words[-1] in _GENERIC or all(word in _GENERIC for word in words)


def is_term(phrase: str, terms: Terms, mentions: Mapping[str, int]) -> bool:
    """Whether a phrase is a term of the field, or one of the document's own."""
    folded = phrase.casefold()
    if folded in terms.names or singular(folded) in terms.names:
        return True
    if is_generic(phrase) or any(word in _GENERIC for word in re.findall(r"[a-z]+", folded)):
        return False
    return mentions.get(singular(folded), 0) >= LEAST_MENTIONS


def mentions_in(passages: Sequence[Passage], phrases: Iterable[str]) -> Counter[str]:
    """How often each document phrase stands in the passages, by its singular in lower case."""
    text = " ".join(" ".join(passage.text.split()) for passage in passages).casefold()
    wanted = {singular(phrase.casefold()) for phrase in phrases}
    return Counter({one: len(re.findall(rf"(?<!\w){re.escape(one)}s?(?!\w)", text)) for one in wanted})


def known_in(passages: Sequence[Passage], terms: Terms) -> list[str]:
    """The terms of the field that the passages name at least twice, as they are written there, most named first."""
    text = " ".join(" ".join(passage.text.split()) for passage in passages)
    folded = text.casefold()
    found: Counter[str] = Counter()
    for name in terms.names:
        if name in folded and name not in _NO_TERMS:
            places = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", folded)]
            if len(places) >= 2:
                written = Counter(text[start:end] for start, end in places).most_common(1)[0][0]
                found[written] = len(places)
    return [name for name, _ in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))]


def shape_of(term: str) -> str:
    """Acronym, name or plain words: what stands beside a term in a list of options must look like it."""
    if term.isupper() or re.search(r"[a-z][A-Z]|[A-Z]{2}", term):
        return "acronym"
    return "name" if term[:1].isupper() else "words"


def fits_beside(one: str, others: Collection[str], terms: Terms) -> bool:
    """Whether a term says nothing that one of the others says."""
    return not any(terms.are_same(one, other) for other in others)
