"""Checks of the question answering bot, on documents about places that are invented from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from types import ModuleType

SEED = 41_077
SYLLABLES = (
    "vel",
    "mor",
    "ka",
    "tin",
    "os",
    "bra",
    "dun",
    "lee",
    "quor",
    "zan",
    "pel",
    "ith",
    "gar",
    "nom",
    "sul",
    "fe",
)
CROPS = ("barley", "olives", "cotton", "lentils", "maize")
RELATIONS = ("found", "govern", "border", "harvest", "measure")
QUESTIONS = {
    "found": ("When was {place} founded?", "In which year did the founding of {place} take place?"),
    "govern": ("Who governs {place}?", "Please tell me the name of the person governing {place}."),
    "border": ("Which river does {place} border?", "Can you tell me what river is bordering {place}?"),
    "harvest": (
        "How many tons of {crop} does {place} harvest?",
        "What is the number of tons of {crop} harvested by {place}?",
    ),
    "measure": (
        "How many metres does the tower of {place} measure?",
        "What is the number of metres that were measured for the tower in {place}?",
    ),
}
SENTENCES = {
    "found": "{subject} was founded in {found}.",
    "govern": "{subject} is governed by {govern}.",
    "border": "{subject} borders the river {border}.",
    "harvest": "{subject} harvests {harvest} of {crop} in a good year.",
    "measure": "{possessive} tower measures {measure} in all.",
}


@dataclass(frozen=True)
class Place:
    """An invented place: its facts by relation, and those of them that its document tells."""

    title: str
    crop: str
    facts: dict[str, str]
    told: tuple[str, ...]

    def ask(self, relation: str, form: int) -> str:
        return QUESTIONS[relation][form].format(place=self.title, crop=self.crop)


def invented(chance: random.Random) -> str:
    return "".join(chance.sample(SYLLABLES, 3)).capitalize()


def made_places(seed: int, count: int = 24) -> list[Place]:
    """Places in pairs such as Upper and Lower X, so that the whole name counts; each tells four of five facts."""
    chance = random.Random(seed)
    places = []
    for _ in range(count // 2):
        name = invented(chance)
        for part in ("Upper", "Lower"):
            facts = {
                "found": str(chance.randint(1203, 1989)),
                "govern": f"{invented(chance)} {invented(chance)}",
                "border": invented(chance),
                "harvest": f"{chance.randint(12, 990)} tons",
                "measure": f"{chance.randint(20, 99)}.{chance.randint(1, 9)} metres",
            }
            told = tuple(chance.sample(RELATIONS, 4))
            places.append(Place(f"{part} {name}", chance.choice(CROPS), facts, told))
    return places


def text_of(place: Place, chance: random.Random) -> str:
    told = [f"{place.title} is a quiet place!"]
    for relation in place.told:
        named = chance.random() < 0.5
        subject, possessive = (place.title, f"{place.title}’s") if named else ("It", "Its")
        values = {**place.facts, "crop": place.crop, "subject": subject, "possessive": possessive}
        told.append(SENTENCES[relation].format(**values))
    return " ".join(told) + "\n\nMost visitors come in spring."


def documents_of(module: ModuleType, places: list[Place], seed: int) -> list:
    chance = random.Random(seed)
    return [
        module.Document(f"place-{number}", place.title, text_of(place, chance))
        for number, place in enumerate(places, start=1)
    ]


@cache
def places() -> list[Place]:
    return made_places(SEED)


@cache
def made_bot(bot: ModuleType, passages: ModuleType):
    return bot.QaBot(documents_of(passages, places(), SEED + 1))


def bot_of(project):
    return made_bot(project.load("bot"), project.load("passages"))


def told_facts() -> list[tuple[Place, str]]:
    return [(place, relation) for place in places() for relation in place.told]


def share_right(project, form: int) -> tuple[float, str]:
    """How many told facts are answered exactly, and one that is not."""
    wrong = []
    for place, relation in told_facts():
        said = bot_of(project).answer(place.ask(relation, form)).text
        if said != place.facts[relation]:
            wrong.append(f"{place.ask(relation, form)!r} got {said!r}, expected {place.facts[relation]!r}")
    return 1 - len(wrong) / len(told_facts()), wrong[0] if wrong else ""


def check_passages(project):
    """Documents are cut into whole sentences with exact spans."""
    module = project.load("passages")
    text = "  It is 3.5 metres high. Is it?\nYes! No end"
    document = module.Document("d", "D", text)
    found = module.split_document(document)
    expected = ["It is 3.5 metres high.", "Is it?", "Yes!", "No end"]
    assert [passage.text for passage in found] == expected, (
        f"The sentences were {[passage.text for passage in found]}, expected {expected}; "
        "end one at . ! or ? only before white space or the end."
    )
    spans = [text[passage.start : passage.end] for passage in found]
    assert spans == expected, f"The spans give {spans}, expected {expected}; count from the start of the document."
    assert module.split_document(module.Document("d", "D", " \n")) == [], "An empty text must have no passage."


def check_terms(project):
    """Terms bring the forms of a word together, keep numbers whole and leave out stop words."""
    terms = project.load("search").terms
    for forms in (("founded", "founding", "founds"), ("governs", "governed", "governing"), ("measures", "measured")):
        found = {tuple(terms(form.upper())) for form in forms}
        assert len(found) == 1, (
            f"The forms {', '.join(forms)} give {sorted(found)}, expected one term; take endings off."
        )
    words = [terms(word) for word in ("river", "tower", "governor")]
    assert len({tuple(word) for word in words}) == 3, f"River, tower and governor give {words}; take off less."
    number = terms("The 41.5 metres of it")
    assert number[:1] == ["41.5"], f"terms gave {number}, expected 41.5 first; keep the point inside a number."
    assert len(number) == 2, f"terms gave {number}, expected two terms; leave out STOP_WORDS."


def check_ranking(project):
    """The best passages come first, never more than asked for, and rare words weigh more."""
    module, index = project.load("search"), bot_of(project).index
    missed, total = [], 0
    for place, relation in told_facts():
        hits = index.search(place.ask(relation, 0), k=3)
        assert len(hits) <= 3, f"search gave {len(hits)} hits for k=3; cut the list."
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True), f"The scores were {scores}; sort them, best first."
        total += 1
        evidence = [
            place.facts[relation] in hit.passage.text and hit.passage.document.title == place.title for hit in hits
        ]
        if not any(evidence):
            missed.append(place.ask(relation, 0))
    assert len(missed) <= 0.05 * total, (
        f"For {len(missed)} of {total} questions the evidence is not among the first 3, as {missed[0]!r}, expected 5% "
        "at most; let the title of the document count for each of its sentences."
    )
    passages = project.load("passages")
    texts = ["Amber is sold.", *["Grain and trade go on."] * 11]
    documents = [passages.Document(str(number), "Market", text) for number, text in enumerate(texts)]
    small = module.Index([passage for document in documents for passage in passages.split_document(document)])
    first = small.search("amber trade grain", k=1)[0].passage.text
    assert first == texts[0], f"For 'amber trade grain' the first hit was {first!r}; weigh the rare term, amber, more."
    assert small.search("xylophone", k=3) == [], (
        "A question that shares no term must have no hits; leave out score zero."
    )


def check_answers(project):
    """Direct questions get the exact answer in at least 95 of 100 cases."""
    share, wrong = share_right(project, 0)
    assert share >= 0.95, (
        f"{share:.0%} of direct questions are right, expected 95%: {wrong}; look at what is asked for."
    )


def check_paraphrases(project):
    """Questions in other words get the same answer in at least 90 of 100 cases."""
    share, wrong = share_right(project, 1)
    assert share >= 0.9, f"{share:.0%} of paraphrases are right, expected 90%: {wrong}; compare stems, not words."


def check_sources(project):
    """Every answer is cited: its span in the right document gives its text."""
    for place, relation in told_facts():
        question = place.ask(relation, 0)
        said = bot_of(project).answer(question)
        if said.source is None:
            continue
        document = said.source.document
        assert document.title == place.title, (
            f"{question!r} was answered from {document.title}, expected {place.title}; the sentence and its title must "
            "hold every term of the question."
        )
        quoted = document.text[said.start : said.end]
        assert quoted == said.text, f"The span of {said.text!r} gives {quoted!r}; add the start of the passage."
        inside = said.source.start <= said.start < said.end <= said.source.end
        assert inside, (
            f"The span of {said.text!r} lies outside the sentence that is cited; cite the sentence it is from."
        )
        assert len(said.text.split()) <= 4, f"{said.text!r} is no short answer; take the year, number or name alone."
    answered = sum(
        bot_of(project).answer(place.ask(relation, 0)).source is not None for place, relation in told_facts()
    )
    assert answered >= 0.9 * len(told_facts()), (
        f"Only {answered} of {len(told_facts())} answers have a source; cite it."
    )


def check_not_found(project):
    """What the documents do not tell is not answered."""
    module, bot = project.load("bot"), bot_of(project)
    strangers = made_places(SEED + 9, 10)
    untold = [(place, relation) for place in places() for relation in RELATIONS if relation not in place.told]
    asked = [place.ask(relation, 0) for place, relation in untold]
    asked += [place.ask(relation, 1) for place in strangers for relation in place.told]
    asked += [f"Who composed the anthem of {places()[0].title}?", "When was it founded by the moon?", "", "What is it?"]
    for question in asked:
        said = bot.answer(question)
        assert said.text == module.NOT_FOUND, (
            f"{question!r} was answered with {said.text!r}, expected NOT_FOUND; no sentence holds all that is asked."
        )
        assert said.source is None, f"{question!r} was not found and yet has a source; give None."
    share, _ = share_right(project, 0)
    assert share >= 0.5, f"Only {share:.0%} of what the documents do tell is answered; do not refuse everything."


def check_fresh_documents(project):
    """A second bot answers from its own documents, and a changed fact changes the answer."""
    module, passages = project.load("bot"), project.load("passages")
    place = places()[0]
    question = QUESTIONS["found"][0].format(place=place.title)
    answers = []
    for year in ("1402", "1876"):
        document = passages.Document("only", place.title, f"It was founded in {year}.")
        answers.append(module.QaBot([document]))
    said = [bot.answer(question).text for bot in answers]
    assert said == ["1402", "1876"], (
        f"Two bots with other documents said {said}, expected 1402 and 1876; keep no state."
    )
    assert module.QaBot([]).answer(question).text == module.NOT_FOUND, "A bot without documents must find nothing."
