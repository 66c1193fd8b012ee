"""The source panel: page, mark, quote, and honest words when something is missing."""

import base64
import io
import re

import pytest
from fake_services import MARK_COLOUR, NOTE, NOTE_TEXT, PAPER, PAPER_TEXT, QUOTE

from ui.document_files import document_route
from ui.reference import PassageReference
from ui.source_panel import find_view, open_source, png_size, view_html

START = PAPER_TEXT.index(QUOTE)


@pytest.fixture
def library(services):
    return services.rooms().library


def reference_to_paper(quote=QUOTE):
    return PassageReference.of(PAPER, 2, START, START + len(QUOTE), quote)


def test_a_paper_shows_its_page_with_the_passage_marked(library):
    view = find_view(library, reference_to_paper())
    assert view.quote == QUOTE
    assert len(view.boxes) == 2
    assert all(0 <= box.left < box.right <= view.page.width_points for box in view.boxes)
    html = view_html(view)
    assert "Page 2 of 3" in html
    assert "with the passage marked" in html
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])))
    assert picture.size == png_size(view.picture) == (1224, 1584)
    colours = {colour for _, colour in picture.getcolors(maxcolors=100_000)}
    assert MARK_COLOUR in colours


def test_another_page_has_no_mark_and_leads_back(library):
    html = view_html(find_view(library, reference_to_paper().showing(3)))
    assert "The passage is on page 2." in html
    assert "Back to page 2" in html
    assert "without a mark" in html
    assert reference_to_paper().as_text() in html


@pytest.mark.parametrize(("asked", "shown"), [(0, 1), (99, 3)])
def test_pages_beyond_the_ends_are_the_first_and_the_last(library, asked, shown):
    assert find_view(library, reference_to_paper().showing(asked)).page.number == shown


def test_a_changed_page_is_not_marked_by_guess(library):
    view = find_view(library, reference_to_paper(quote="what stood here before"))
    assert view.boxes == ()
    assert "was not found on this page" in view_html(view)


def test_a_document_without_a_passage_just_opens(library):
    html = view_html(find_view(library, PassageReference.of(PAPER, 1, 0, 0, "")))
    assert "failure" not in html


def test_a_note_shows_its_text_with_the_quote_marked(services):
    quote = "It trains two small matrices A and B."
    start = NOTE_TEXT.index(quote)
    html = open_source(services, PassageReference.of(NOTE, 1, start, start + len(quote), quote).as_text())
    assert f"<mark>{quote}</mark>" in html
    assert "<h3>LoRA</h3>" in html
    assert "<img" not in html


def test_a_note_cannot_bring_its_own_html(services, library):
    library.added[NOTE] = "<script>alert(1)</script> text"
    html = open_source(services, PassageReference.of(NOTE, 1, 0, 8, "<script>").as_text())
    assert "<script>" not in html
    assert "<mark>&lt;script&gt;</mark>" in html


def test_a_deleted_document_is_said_to_be_gone(services, library):
    library.delete(PAPER)
    html = open_source(services, reference_to_paper().as_text())
    assert "not in the library" in html
    assert "Add it again." in html


def test_a_damaged_link_is_one_sentence(services):
    assert "damaged" in open_source(services, "<script>")


def test_png_size_reads_only_pngs():
    assert png_size(b"nothing of the kind") == (0, 0)


def test_a_pdf_can_be_opened_at_its_page_and_a_note_cannot(library):
    assert f'href="documents/{PAPER}.pdf#page=2" target="_blank" rel="noopener"' in view_html(
        find_view(library, reference_to_paper())
    )
    note = PassageReference.of(NOTE, 1, 0, 0, "")
    assert "open-pdf" not in view_html(find_view(library, note))


@pytest.fixture
def files(services):
    """A client of the route that gives out PDFs, and the app behind it."""
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    app = Starlette(routes=[document_route(services)])
    app.auth, app.auth_dependency, app.cookie_id, app.tokens = None, None, "1", {}
    return TestClient(app), app


def test_only_pdfs_of_the_library_are_given_out(files):
    client, _ = files
    answer = client.get(f"/documents/{PAPER}.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["x-content-type-options"] == "nosniff"
    for identity in (NOTE, "c" * 16, "..%2f..%2fconversations.sqlite", "Attention Is All You Need"):
        assert client.get(f"/documents/{identity}.pdf").status_code == 404


def test_who_is_not_logged_in_gets_no_file_where_a_login_is_asked_for(files):
    client, app = files
    app.auth, app.tokens = [("a", "b")], {"secret": "a"}
    assert client.get(f"/documents/{PAPER}.pdf").status_code == 401
    client.cookies.set("access-token-1", "wrong")
    assert client.get(f"/documents/{PAPER}.pdf").status_code == 401
    client.cookies.set("access-token-1", "secret")
    assert client.get(f"/documents/{PAPER}.pdf").status_code == 200
