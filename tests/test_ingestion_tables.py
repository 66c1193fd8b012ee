"""Tables of PDFs come out as rows of cells, each word where it is printed."""

import pytest
from make_pdf import BOLD, PageSpec, Text, make_pdf, paragraph

from agent.quotations import canonical
from curriculum.receipts.quotes import PageText
from evals.pagetext import squeezed
from ingestion.chunking import chunk_document
from ingestion.pdf_process import PdfProcess
from ingestion.spans import boxes_for_span
from ingestion.tokens import approximate_tokens

PROSE = [
    "Attention is what these models use, and nothing else is needed for the tasks that we study in this work.",
    "The models are small enough for one computer, and they are trained for a few hours on a set of sentences.",
    "All of the scores below are the means of five runs, and the runs differ by less than half of a point each.",
    "We name every number that goes into them, so that anybody can compute them again without asking for more.",
]
COLUMNS = (100, 220, 300, 380)


def row(top, *cells, columns=COLUMNS):
    return [Text(left, top, cell) for left, cell in zip(columns, cells, strict=False) if cell]


def rows(top, *lines, columns=COLUMNS):
    return [text for index, line in enumerate(lines) for text in row(top - index * 12, *line, columns=columns)]


@pytest.fixture(scope="module")
def process():
    with PdfProcess() as running:
        yield running


@pytest.fixture
def read(process, tmp_path):
    def read_texts(*texts):
        return process.read(make_pdf(tmp_path / "tables.pdf", [PageSpec(list(texts))], title="A Study of Tables"))

    return read_texts


def table_lines(document):
    return [line for line in document.pages[0].text.split("\n") if line.startswith("|")]


SCORES = [
    *rows(600, ("Model", "EN-DE", "EN-FR", "Cost"), ("base", "27.3", "", "65"), ("big model", "28.4", "41.8", "213")),
    Text(100, 545, "Table 1: Scores of the two models on the test set."),
]


def test_cells_are_parted_and_empty_ones_stay(read):
    document = read(*paragraph(PROSE), *SCORES)
    assert table_lines(document) == [
        "| Model | EN-DE | EN-FR | Cost |",
        "| base | 27.3 | | 65 |",
        "| big model | 28.4 | 41.8 | 213 |",
    ]
    assert "\n\nTable 1: Scores of the two models on the test set." in document.pages[0].text


def test_every_word_of_a_cell_has_its_box(read):
    (page,) = read(*paragraph(PROSE), *SCORES).pages
    assert all(not page.text[word.start : word.end].count("|") for word in page.words)
    start = page.text.index("41.8")
    (box,) = boxes_for_span(page.words, start, start + 4)
    assert 299 < box.left < 302
    assert 792 - 576 - 10 < box.top < box.bottom < 792 - 576 + 4
    begin, end = page.text.index("| big model"), page.text.index("| 213 |") + 7
    boxes = boxes_for_span(page.words, begin, end)
    assert min(box.left for box in boxes) < 101
    assert max(box.right for box in boxes) > 390
    assert max(box.bottom for box in boxes) - min(box.top for box in boxes) < 14


def test_rows_and_caption_are_chunks_of_their_own_linked_by_the_section(read):
    title = [Text(200, 740, "A Study of Tables", 17, BOLD), Text(72, 715, "3 Results", 12, BOLD)]
    document = read(*title, *paragraph(PROSE), *SCORES)
    chunks = chunk_document(document, count_tokens=approximate_tokens, max_tokens=256)
    kinds = {chunk.kind: chunk for chunk in chunks}
    assert [chunk.kind for chunk in chunks][-3:] == ["text", "table", "caption"]
    assert kinds["table"].text.startswith("| Model | EN-DE")
    assert kinds["table"].section == "3 Results > Table 1: Scores of the two models on the test set."
    assert kinds["caption"].section == "3 Results"


def test_a_table_below_its_caption_is_found_and_the_prose_is_left(read):
    caption = Text(100, 620, "Table 1: Scores of the two models.")
    after = paragraph(PROSE, top=520)
    document = read(caption, *SCORES[:-1], *after)
    text = document.pages[0].text
    assert len(table_lines(document)) == 3
    assert text.index("Table 1") < text.index("| Model") < text.index("Attention is")
    assert all(line in text for line in PROSE)


def test_two_tables_keep_to_the_side_that_the_document_uses(read):
    second = [
        *rows(500, ("Method", "Dev", "Test"), ("first", "1.5", "2.5"), ("second", "3.5", "4.5")),
        Text(100, 450, "Table 2: Two methods."),
    ]
    text = read(*paragraph(PROSE), *SCORES, *second).pages[0].text
    assert text.index("| Model") < text.index("Table 1:") < text.index("| Method") < text.index("Table 2:")


def test_figures_in_tight_columns_are_parted(read):
    lines = [("alpha", "11.5 12.5", "1.0"), ("beta", "13.5 14.5", "2.0"), ("gamma", "15.5 16.5", "3.0")]
    document = read(*rows(600, *lines), Text(100, 545, "Table 1: Tight columns."))
    assert table_lines(document)[1] == "| beta | 13.5 | 14.5 | 2.0 |"


def test_titles_over_columns_and_titles_of_two_lines(read):
    texts = [
        *row(624, "", "Dev Set", columns=(100, 250)),
        *row(612, "Model", "first", "second", "costs"),
        *row(601, "", "", "", "in days"),
        *rows(586, ("base", "27.3", "38.1", "65"), ("big", "28.4", "41.8", "213")),
        Text(100, 550, "Table 1: Scores."),
    ]
    lines = table_lines(read(*texts))
    assert lines[:2] == ["| | Dev Set | | |", "| Model | first | second | costs in days |"]


def test_a_label_halfway_between_two_rows_goes_with_the_upper_one(read):
    texts = [
        *rows(600, ("", "7B", "27.3"), ("", "13B", "38.1"), ("", "33B", "41.8")),
        Text(100, 594, "Tiny"),
        *rows(564, ("Small", "65B", "43.1"), ("Other", "90B", "44.1")),
        Text(100, 520, "Table 1: Sizes."),
    ]
    assert "| Tiny | 7B | 27.3 |" in table_lines(read(*texts))


def test_texts_side_by_side_are_not_mixed_up(read):
    left = ["the ghost will have to go to", "another place of some kind to", "return where he began, and it", "is so"]
    right = ["a player must press the bar to", "open the doors of the house and", "then go into them to find it", "all"]
    texts = [*paragraph(left, 72, 600), *paragraph(right, 320, 600), Text(72, 540, "Table 1: Two continuations.")]
    document = read(*texts)
    assert not table_lines(document)
    assert "have to go to another place" in document.pages[0].text


def test_a_table_beside_running_text_leaves_the_text_alone(read):
    beside = ["The parameters of this model are", "few, and all of them are listed in", "the table at the right side."]
    texts = [
        *paragraph(PROSE),
        *paragraph(beside, 72, 600),
        *rows(600, ("width", "512"), ("layers", "6"), ("heads", "8"), columns=(380, 450)),
        Text(380, 555, "Table 1: Sizes."),
    ]
    document = read(*texts)
    assert table_lines(document) == ["| width | 512 |", "| layers | 6 |", "| heads | 8 |"]
    assert "all of them are listed in the table" in document.pages[0].text


def test_prose_that_begins_with_the_word_is_no_caption(read):
    document = read(*paragraph(["Table 1 shows the scores of all models.", "They are as expected."]), *SCORES[:-1])
    assert not table_lines(document)


def test_a_quote_without_bars_is_found_in_a_row():
    row_text = "| BERTBASE | 84.4 | 88.4 | |"
    assert canonical(row_text).find("BERTBASE 84.4 88.4") == (2, 24)
    assert PageText(row_text).find("BERTBASE 84.4 88.4") is not None
    assert squeezed(row_text) == squeezed("BERTBASE 84.4 88.4")
    assert canonical(row_text).find("BERTBASE 88.4 84.4") is None


KNOWN_ROWS = [
    ("1706.03762.pdf", 8, "| Transformer (big) | 28.4 | 41.8 | 2.3 · 1019 | |"),
    ("1706.03762.pdf", 9, "| (B) | | | | | 16 | | | | | 5.16 | 25.1 | 58 |"),
    ("1706.03762.pdf", 6, "| Self-Attention (restricted) | O(r · n · d) | O(1) | O(n/r) |"),
    ("1810.04805.pdf", 6, "| BERTLARGE | 86.7/85.9 | 72.1 | 92.7 | 94.9 | 60.5 | 86.5 | 89.3 | 70.1 | 82.1 |"),
    ("1810.04805.pdf", 8, "| Tasks | MNLI-m (Acc) | QNLI (Acc) | MRPC (Acc) | SST-2 (Acc) | SQuAD (F1) |"),
    ("1907.11692.pdf", 9, "| RoBERTa | 88.9 | 94.6 | 86.5 | 89.4 |"),
    ("2001.08361.pdf", 11, "| Value | 0.077 | 0.76 | 6.5 × 1013 | 2.1 × 103 |"),
    (
        "2106.09685.pdf",
        6,
        "| RoBbase (LoRA) | 0.3M | 87.5±.3 | 95.1±.2 | 89.7±.7 | 63.4±1.2 | 93.3±.3 | 90.8±.1 | 86.6±.7",
    ),
    ("2201.11903.pdf", 21, "| PaLM | 8B | 4.9 | 4.1 | 15.1 | 16.8 | 23.7 | 25.2 | 19.3 | 21.7 | 26.2 | 30.5 |"),
    ("2203.02155.pdf", 6, "| Open QA | 12.4% |"),
    ("2302.13971.pdf", 3, "| params | dimension | n heads | n layers | learning rate | batch size | n tokens |"),
    ("2305.18290.pdf", 10, "| N respondents | 272 | 122 | 199 |"),
    ("2310.06825.pdf", 2, "| window_size | 4096 |"),
    ("gpt2.pdf", 5, "| 1542M | 8.63 | 63.24 | 93.30 | 89.05 | 18.34 | 35.76 | 0.93 | 0.98 | 17.48 | 42.16 |"),
]


def test_rows_of_real_papers(papers, process):
    read = {name: process.read(papers / name) for name in dict.fromkeys(name for name, _, _ in KNOWN_ROWS)}
    missing = [known for known in KNOWN_ROWS if known[2] not in read[known[0]].pages[known[1] - 1].text]
    assert not missing
