"""The teaching notes: shape, language, formulas, and the worked numbers computed again."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from curriculum.front_matter import split_front_matter
from curriculum.load import load_curriculum, note_paths

LEAST_WORDS, MOST_WORDS = 400, 1200
SECTIONS = (
    "The problem",
    "The idea",
    "Key terms",
    "The mathematics",
    "Trade-offs",
    "Common misconceptions",
    "Questions to be able to answer",
    "References",
)
LEANING_STARTS = ("This ", "It ", "They ", "These ", "That ", "Those ", "He ", "She ")
STEMS = [path.stem for path in note_paths()]


@cache
def body_of(stem: str) -> str:
    path = next(path for path in note_paths() if path.stem == stem)
    return split_front_matter(path.read_text(encoding="utf-8"))[1]


def section(stem: str, title: str) -> str:
    match = re.search(rf"^## {re.escape(title)}[^\n]*\n(.*?)(?=^## |\Z)", body_of(stem), re.M | re.S)
    assert match, f"{stem} has no section {title}"
    return match[1]


def prose(stem: str) -> str:
    """What a learner reads as text: no code, formulas, tables, headings or references."""
    text = body_of(stem).split("## References")[0]
    text = re.sub(r"```.*?```", " ", text, flags=re.S)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", " ", text, flags=re.S)
    return "\n".join(line for line in text.splitlines() if not line.startswith(("|", "#")))


@pytest.mark.parametrize("stem", STEMS)
class TestEveryNote:
    def test_length(self, stem: str) -> None:
        words = len(re.findall(r"[A-Za-z][\w'-]*", prose(stem)))
        assert LEAST_WORDS <= words <= MOST_WORDS, words

    def test_sections(self, stem: str) -> None:
        titles = re.findall(r"^## (.+)$", body_of(stem), re.M)
        missing = [title for title in SECTIONS if title not in titles and title != "Trade-offs"]
        assert not missing
        assert any("rade-offs" in title for title in titles)
        assert any(title.startswith(("Worked example", "A trajectory")) for title in titles)
        assert len(re.findall(r"^# ", re.sub(r"```.*?```", "", body_of(stem), flags=re.S), re.M)) == 1

    def test_front_matter_is_known(self, stem: str) -> None:
        curriculum = load_curriculum()
        note = next(note for note in curriculum.notes if note.name == stem)
        assert note.title
        assert note.topic_ids
        assert note.paper_ids

    def test_formulas_are_closed(self, stem: str) -> None:
        text = re.sub(r"```.*?```|`[^`]*`", " ", body_of(stem), flags=re.S)
        assert text.count("$$") % 2 == 0
        for line in re.sub(r"\$\$.*?\$\$", " ", text, flags=re.S).splitlines():
            assert line.count("$") % 2 == 0, line
        formulas = re.findall(r"\$\$(.*?)\$\$|\$([^$\n]+)\$", text, re.S)
        assert formulas
        for formula in ("".join(pair) for pair in formulas):
            bare = re.sub(r"\\[{}]", "", formula)
            assert bare.count("{") == bare.count("}"), formula
            assert formula.count(r"\left") - formula.count(r"\leftarrow") == formula.count(r"\right"), formula
            assert re.findall(r"\\begin\{(\w+)\}", formula) == re.findall(r"\\end\{(\w+)\}", formula)

    def test_no_picture_or_html_is_fetched(self, stem: str) -> None:
        assert "![" not in body_of(stem)
        assert not re.search(r"<(img|script|iframe|link)\b", body_of(stem), re.I)
        assert "http" not in body_of(stem)

    def test_definitions_stand_alone(self, stem: str) -> None:
        for line in filter(None, section(stem, "Key terms").splitlines()):
            assert not line.startswith(LEANING_STARTS), line
            assert line.endswith("."), line

    def test_a_misconception_cannot_be_quoted_as_a_fact(self, stem: str) -> None:
        bullets = re.findall(r"^- (.+)$", section(stem, "Common misconceptions"), re.M)
        assert len(bullets) == 4
        assert all(bullet.startswith("It is a misconception that ") for bullet in bullets)
        assert all(": " in bullet and not re.search(r"[.!?] ", bullet.split(": ")[0]) for bullet in bullets)

    def test_five_questions_are_asked(self, stem: str) -> None:
        questions = re.findall(r"^\d\. (.+)$", section(stem, "Questions to be able to answer"), re.M)
        assert len(questions) == 5
        assert all(question.endswith("?") for question in questions)


def softmax(scores: Sequence[float]) -> list[float]:
    exponentials = [math.exp(score - max(scores)) for score in scores]
    return [value / sum(exponentials) for value in exponentials]


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def stands_in(stem: str, *numbers: str) -> None:
    """Every number is in the note; thousands are written with `,` or LaTeX's `{,}`."""
    text = body_of(stem).replace("{,}", ",")
    missing = [number for number in numbers if number not in text]
    assert not missing, f"{missing} not in {stem}"


def test_attention_numbers() -> None:
    weights = softmax([score / math.sqrt(2) for score in (1, 2, 3)])
    first = 10 * weights[0] + 5 * weights[2]
    stands_in("01-attention", *(f"{weight:.3f}" for weight in weights), f"({first:.3f}, {10 - first:.3f})")
    stands_in("01-attention", *(f"{weight:.3f}" for weight in softmax([1 / math.sqrt(2), math.sqrt(2)])))
    stands_in("01-attention", "(0.9997, 0.0003)", "(0.731, 0.269)")
    assert [round(weight, 4) for weight in softmax([8, 0])] == [0.9997, 0.0003]
    assert [round(weight, 3) for weight in softmax([1, 0])] == [0.731, 0.269]


def test_transformer_numbers() -> None:
    attention, feed_forward = 4 * 512**2, 2 * 512 * 2048
    encoder, decoder = 6 * (attention + feed_forward), 6 * (2 * attention + feed_forward)
    total = encoder + decoder + 37_000 * 512
    stands_in("02-transformer-architecture", f"{encoder:,}", f"{decoder:,}", f"{total:,}")
    assert round(512**-0.5 * 4000**-0.5, 4) == 0.0007
    spread = math.sqrt(1.25)
    stands_in("02-transformer-architecture", f"({-1.5 / spread:.3f}, {-0.5 / spread:.3f}, ")


def sinusoid(position: int) -> list[float]:
    return [wave(position / scale) for scale in (1, 100) for wave in (math.sin, math.cos)]


def test_position_numbers() -> None:
    for position in (1, 2):
        stands_in("03-positional-encoding", ", ".join(f"{value:.3f}" for value in sinusoid(position)))
    for left in (0, 40):
        product = sum(a * b for a, b in zip(sinusoid(left), sinusoid(left + 1), strict=True))
        stands_in("03-positional-encoding", f"{product:.3f}")
    stands_in("03-positional-encoding", f"{math.cos(2 * 0.5):.3f}")
    stands_in("03-positional-encoding", *(f"{weight:.3f}" for weight in softmax([-1.5, -1.0, -0.5, 0.0])))


def test_bert_numbers() -> None:
    embeddings, layers = (30_000 + 512 + 2) * 768, 12 * 12 * 768**2
    stands_in("04-bert-vs-gpt", f"{embeddings:,}", f"{layers:,}", f"{embeddings + layers:,}")
    stands_in("04-bert-vs-gpt", "76.8", f"{-math.log(0.25):.3f}", f"{1 / 0.15:.1f}")


def test_scaling_numbers() -> None:
    stands_in("05-scaling-laws", f"{2**-0.076:.3f}", f"{10**-0.076:.3f}", f"{8**0.74:.2f}", "9,100")
    assert round(2 ** (1 / 0.076), -2) == 9100
    operations = 6 * 65.2e9 * 1.4e12
    stands_in("05-scaling-laws", f"{12 * 48 * 1600**2 / 1e9:.2f} \\cdot 10^9", f"{operations / 1e23:.1f} \\cdot 10^")
    stands_in("05-scaling-laws", f"{1.4e12 / 65.2e9:.1f}$ tokens", f"${1e12 / 6.7e9:.0f}$ tokens")
    stands_in("05-scaling-laws", f"${1.4e12 / (380 * 2048) / 86_400:.1f}$ days")


def test_lora_numbers() -> None:
    module = 8 * (4096 + 4096)
    stands_in("06-lora", f"{4096**2:,}", f"{module:,}", f"{100 * module / 4096**2:.2f}%", f"{64 * module:,}")
    stands_in("06-lora", f"{96 * 2 * 8 * 12_288:,}", "8 MiB")
    assert 64 * module * 2 == 8 * 2**20


def test_preference_numbers() -> None:
    stem = "07-rlhf-and-dpo"
    stands_in(stem, f"{sigmoid(0.8):.3f}", f"{-math.log(sigmoid(0.8)):.3f}", f"{math.log(2):.3f}")
    stands_in(stem, f"{-math.log(sigmoid(0.1 * (1 + 1))):.3f}")
    stands_in(stem, f"= {math.comb(9, 2)}$", f"${math.comb(4, 2)}$")
    stands_in(stem, *(f"{softmax([2 / beta, 1 / beta])[0]:.3f}" for beta in (1, 0.25)))


def majority(chance: float, count: int) -> float:
    winning = range(count // 2 + 1, count + 1)
    return sum(math.comb(count, k) * chance**k * (1 - chance) ** (count - k) for k in winning)


def test_voting_numbers() -> None:
    cases = [(0.6, 1), (0.6, 5), (0.6, 21), (0.4, 5)]
    stands_in("08-chain-of-thought", *(f"{majority(chance, count):.3f}" for chance, count in cases))
    assert round(0.8 * 4 * 6 * 2, 2) == 38.40
    assert 1000 * (1500 * 1 + 500 * 4) / 1e6 == 3.50


def test_agent_numbers() -> None:
    stands_in("09-react", f"{sum(1000 + 400 * step for step in range(7)):,}", f"{1000 + 7 * 400:,}")
    stands_in("09-react", f"{0.95**10:.3f}")


def test_retrieval_numbers() -> None:
    question, chunks = (0.6, 0.8), [(0.8, 0.6), (1.0, 0.0), (0.0, 1.0)]
    stands_in("10-rag", *(f"{question[0] * x + question[1] * y:.2f}" for x, y in chunks))
    stands_in("10-rag", f"{1 / 61 + 1 / 63:.5f}", f"{1 / 62 + 1 / 61:.5f}", f"{0.7 * 0.9 + 0.3 * 0.2:.2f}")


@pytest.mark.parametrize("stem", ["06-lora", "09-react"])
def test_code_of_the_notes_is_python(stem: str) -> None:
    for code in re.findall(r"```python\n(.*?)```", body_of(stem), re.S):
        compile(code, stem, "exec")


def test_the_agent_loop_of_the_note_runs() -> None:
    code = re.search(r"```python\n(.*?)```", body_of("09-react"), re.S)
    assert code
    space: dict[str, object] = {}
    exec(code[1], space)
    replies = iter([("look", "search", "LoRA"), ("done", "finish", "LoRA")])
    react = space["react"]
    assert callable(react)
    assert react("which is older?", lambda _: next(replies), {"search": str}) == "LoRA"
    assert "not found" in react("?", lambda _: ("again", "search", "x"), {"search": str})


def test_notes_sit_in_the_package_folder() -> None:
    assert all(isinstance(path, Path) for path in note_paths())
