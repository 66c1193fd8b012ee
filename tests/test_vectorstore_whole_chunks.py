"""No chunk is cut by the model: what it is given ends with the chunk's last word piece, for every kind of chunk."""

import pytest

from ingestion.chunking import chunk_document, embedding_text
from ingestion.document import Document, DocumentId, Heading, Page
from ingestion.load import load_document
from vectorstore.embedder import EmbeddingOptions, load_embedder

SENTENCE = "Antidisestablishmentarians re-tokenise αβγ_{17} heteroskedastically. "
ROWS = "\n".join(f"LLaMA-{number}B {number}.25 {number}.75 {number * 31}e-4" for number in range(1, 80))
CJK = "注意力机制让模型在每个位置上权衡序列中的所有词。" * 60
ENTRIES = "\n\n".join(
    f"[{n}] Š. Ĳsselmeer and Q. Xu. On ∇_θ J(θ), part {n}. arXiv:2001.{n:05d}, 2020." for n in range(60)
)
FORMULA = "∂L/∂W = Σ_{i=1}^{n} (ŷ_i − y_i) x_i^⊤ + λ‖W‖_2^2 (17)"
TITLES = ["3 " + "Überparametrisierung und Quantisierung " * 4, "3.1 " + "自己注意機構の計算量 " * 6]
CODE = "\n".join(
    f"    assert softmax(x_{n})[..., :{n}].sum(axis=-1) == pytest.approx(1.0), 'row {n}'" for n in range(90)
)
NO_SPACES = "supercalifragilisticexpialidocious" * 80 + " " + "🙂👩‍🔬" * 300


def made_document():
    paper = "\n\n".join(
        [*TITLES, SENTENCE * 60, f"Table 1: {SENTENCE * 12}", ROWS, FORMULA, CJK, NO_SPACES, f"Figure 2: {'数' * 700}"]
    )
    headings = tuple(Heading(paper.index(title), level, title) for level, title in enumerate(TITLES, start=1))
    references = f"References\n\n{ENTRIES}"
    pages = (
        Page(1, "1", paper, 612.0, 792.0, (), headings),
        Page(2, "2", references, 612.0, 792.0, (), (Heading(0, 1, "References"),)),
        Page(3, "3", f"A Code\n\n```python\n{CODE}\n```", 612.0, 792.0, (), (Heading(0, 1, "A Code"),)),
    )
    title = "Ein sehr langer Titel über große Sprachmodelle 大規模言語モデル " * 6
    return Document(DocumentId("0" * 16), "pdf", title, "", None, None, "long.pdf", "0" * 64, pages, ())


@pytest.fixture(scope="module")
def embedder():
    return load_embedder("packaged", options=EmbeddingOptions(backend="onnx"))


def assert_whole(embedder, documents):
    """Every text goes into the model with all its word pieces, between the two special ones."""
    reading = embedder._truncating_tokenizer()
    kinds = set()
    for document in documents:
        chunks = chunk_document(document, count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens)
        texts = [embedding_text(document.title, chunk) for chunk in chunks]
        for text, row in zip(texts, reading.encode_batch(texts), strict=True):
            whole = embedder._tokenizer.encode(text, add_special_tokens=False).ids
            assert row.ids[1:-1] == whole
            assert len(row.ids) <= 256
            assert row.overflowing == []
        kinds |= {chunk.kind for chunk in chunks}
    return kinds


def test_chunks_of_every_kind_are_read_whole(embedder):
    """A displayed equation stands in a chunk of text."""
    assert assert_whole(embedder, [made_document()]) >= {"text", "caption", "table", "reference", "code"}


def test_a_text_that_is_too_long_would_be_seen(embedder):
    """The check above can fail: one word piece more than the model reads is cut off."""
    reading = embedder._truncating_tokenizer()
    fits, longer = "cat " * embedder.max_tokens, "cat " * (embedder.max_tokens + 1)
    assert len(reading.encode(fits).ids) == len(reading.encode(longer).ids) == 256
    assert reading.encode(fits).overflowing == []
    assert len(reading.encode(longer).overflowing) == 1


def test_notes_and_a_real_paper_are_read_whole(embedder, shared):
    from curriculum.load import note_paths

    papers = [path for path in (shared / "papers" / "2106.09685.pdf",) if path.is_file()]
    assert "text" in assert_whole(embedder, [load_document(path) for path in [*note_paths(), *papers]])
