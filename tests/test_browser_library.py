"""The library tab in a browser: a folder, a note, the list, a document's pages, reading again, deleting and undoing."""

import pytest
from chromium import PHONE, has_sideways_scroll, open_page, open_tab
from served_page import free_port, serving
from test_browser_access import AXE, FAULTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DROP = """async () => {
  const file = (name, text) => ({ isFile: true, name, file: (found) => found(new File([text], name)) });
  const folder = (name, entries) => ({
    isFile: false, isDirectory: true, name,
    createReader: () => ({ readEntries: (found) => found(entries.splice(0)) }),
  });
  const tree = folder("study", [
    file("momentum.md", "# Momentum\\n\\nMomentum averages the gradients of the last steps."),
    file(".secret.md", "# Hidden"),
    folder("deep", [file("warmup.txt", "Warmup raises the learning rate slowly."), file("photo.jpg", "x")]),
  ]);
  const event = new Event("drop", { bubbles: true, cancelable: true });
  Object.defineProperty(event, "dataTransfer", { value: { items: [{ webkitGetAsEntry: () => tree }] } });
  document.querySelector("#upload button, #upload").dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def served(home):
    port = free_port()
    with serving(["tests/library_services.py", str(port), str(home)], home, port) as page:
        yield page


@pytest.fixture(scope="module")
def page(browser, served):
    with open_page(browser, served.address) as page:
        open_tab(page, "Library")
        page.wait_for_selector(".documents tbody tr")
        yield page


def titles(page):
    return page.locator("#documents tbody tr:not([hidden]) .document-title").all_inner_texts()


def test_a_dropped_folder_is_added_with_a_line_for_each_file(page, tmp_path):
    page.evaluate(DROP)
    page.wait_for_selector(".outcome.added >> text=momentum.md")
    page.wait_for_selector(".outcome.added >> text=warmup.txt")
    assert "files ending in .jpg are not read" in page.inner_text(".outcomes")
    assert "2 added, 2 left out" in page.inner_text(".outcomes-head")
    page.wait_for_selector("#documents >> text=Momentum")
    page.click("text=Clear the list")
    page.wait_for_selector(".outcome", state="detached")
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "dropout.md").write_text("# Dropout\n\nDropout silences units at random.", encoding="utf-8")
    (folder / "notes.bin").write_bytes(b"x")
    with page.expect_file_chooser() as chooser:
        page.click(".choose-folder")
    chooser.value.set_files(folder)
    page.wait_for_selector(".outcome.added >> text=dropout.md")
    page.wait_for_selector(".outcome.left-out >> text=more/notes.bin")


def test_the_list_is_ordered_narrowed_and_walked_by_keys(page):
    page.click(".sort-button[data-column=pages]")
    assert titles(page)[0].startswith("A Small Study")
    assert page.get_attribute("th[data-column=pages]", "aria-sort") == "descending"
    page.click(".sort-button[data-column=title]")
    assert titles(page) == sorted(titles(page), key=str.lower)
    page.fill("#documents-filter", "scaled")
    assert titles(page) == ["Scaled dot products"]
    assert "1 of" in page.inner_text("#documents-shown")
    page.fill("#documents-filter", "")
    page.select_option("#documents-kind", "pdf")
    assert titles(page) == ["A Small Study of Tiny Transformers"]
    page.select_option("#documents-kind", "")
    page.focus("#documents-filter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == titles(page)[1]


def test_a_document_shows_what_is_in_it_and_its_pages(page):
    page.click(".document-title >> text=A Small Study")
    page.wait_for_selector("#source-panel .page-picture")
    about = page.inner_text(".about-document")
    assert "toy@1" in about
    assert "Passages" in about
    page.click(".document-outline summary")
    page.click(".document-outline >> text=3 Results")
    page.wait_for_selector("#source-panel >> text=Page 3 of 4")
    page.click("text=Next ›")
    page.wait_for_selector("#source-panel >> text=Page 4 of 4")
    page.keyboard.press("Escape")
    page.click(".document-title >> text=Scaled dot products")
    page.wait_for_selector(".note-frame >> text=Large products flatten it.")
    page.keyboard.press("Escape")


def test_a_note_is_written_kept_over_a_reload_saved_and_edited(page):
    page.click(".documents-tools [name=edit_note]")
    page.fill("#note-title input, #note-title textarea", "Checkpointing")
    page.fill("#note-text textarea", "It trades compute for memory: $O(n)$.\n\n![x](http://evil.example/a.png)")
    page.wait_for_selector("#note-preview h2 >> text=Checkpointing")
    page.wait_for_selector("#note-state >> text=Not saved yet")
    open_tab(page, "Chat")
    page.reload()
    open_tab(page, "Library")
    page.wait_for_function("document.querySelector('#note-text textarea')?.value.startsWith('It trades')")
    assert page.locator("#note-preview img").count() == 0
    page.focus("#note-text textarea")
    page.keyboard.press("Control+s")
    page.wait_for_selector("#note-state >> text=one passage of it is searched")
    row = page.locator("#documents tr", has_text="checkpointing.md")
    row.wait_for()
    page.fill("#library-query input, #library-query textarea", "trades compute for memory")
    page.keyboard.press("Enter")
    page.wait_for_selector(".found >> text=Checkpointing")
    page.fill("#note-text textarea", "It recomputes activations.")
    page.wait_for_selector("#discard-note")
    page.click("#save-note")
    page.click(".note-versions summary")
    page.click("[name=note_version]")
    page.wait_for_function("document.querySelector('#note-text textarea').value.startsWith('It trades')")
    page.click("#discard-note")
    page.wait_for_function("document.querySelector('#note-text textarea').value.startsWith('It recomputes')")
    assert row.count() == 1


def test_what_an_earlier_reader_read_is_read_again(page):
    page.wait_for_selector(".outdated >> text=were read by an earlier reader")
    page.click("[name=reread_document][value=outdated]")
    page.wait_for_selector("#rereading >> text=2 unchanged")
    page.wait_for_selector(".outdated", state="detached")


def test_nothing_of_it_is_hard_to_reach(page):
    page.evaluate(AXE)
    page.click("#arxiv-part button >> nth=0")
    page.click(".roadmap-papers summary")
    page.click(".document-title >> text=A Small Study")
    page.wait_for_selector("#source-panel .page-picture")
    page.wait_for_timeout(300)  # what opened fades in
    assert page.evaluate(FAULTS, []) == []
    page.keyboard.press("Escape")


def test_a_deleted_document_comes_back_after_a_reload(page):
    row = page.locator("#documents tr", has_text="Scaled dot products")
    row.locator("[name=delete_document]").click()
    page.click("dialog .main-button")
    page.wait_for_selector(".undo >> text=was deleted")
    assert row.count() == 0
    page.reload()
    open_tab(page, "Library")
    page.click(".deleted-documents summary")
    page.click(".deleted-documents >> text=Bring back")
    row.wait_for()
    page.wait_for_selector(".deleted-documents", state="detached")


def test_a_phone_shows_all_of_it(browser, served):
    with open_page(browser, served.address, viewport=PHONE) as page:
        open_tab(page, "Library")
        page.click(".documents-tools [name=edit_note]")
        page.wait_for_selector("#note-text textarea:visible")
        assert not has_sideways_scroll(page)
