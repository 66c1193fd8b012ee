"""The Quiz, Review and Progress tabs in Chromium: by keyboard, after a reload, timed, on a phone, and out to files."""

import io
import json
import sqlite3
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from chromium import PHONE, has_sideways_scroll, open_page, open_tab
from served_page import free_port, serving_fakes

from agent.assemble import LEARNER
from curriculum.question_values import Choices, CodeOutput, Ordering, ShortAnswer, Statement, key_texts
from curriculum.questions import load_questions
from learner.grading import Grade
from learner.quiz import Quiz
from learner.store import LearnerStore
from learner.study_desk import StudyDesk

pytestmark = pytest.mark.browser

BANK = {str(question.id): question for question in load_questions()}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A record in which three items were answered long enough ago to be due."""
    home = tmp_path_factory.mktemp("quiz") / "home"
    home.mkdir()
    long_ago = datetime.now(UTC) - timedelta(days=9)
    desk = StudyDesk(LearnerStore(home / LEARNER), now=lambda: long_ago)
    ids = [one for one, question in BANK.items() if isinstance(question.body, Choices)][:3]
    quiz = Quiz(id="seed00000000", title="Seed", mode="practice", question_ids=tuple(ids), created_at=long_ago)
    desk.quizzes.add(quiz)
    for one in ids:
        desk.answer(quiz, one, ["x"], confidence="high", seconds=30, graded=Grade(1.0, "Seeded."))
    desk.finish(quiz)
    return home


@pytest.fixture
def page(page):
    page.set_default_timeout(20_000)
    return page


def begin(page, subject="Everything", count=3, *, exam=False):
    """A quiz at its first question."""
    open_tab(page, "Quiz")
    page.wait_for_selector("#quiz-go")
    choose_subject(page, subject)
    page.fill("#quiz-count input", str(count))
    if exam:
        page.click("#quiz-mode input[value=exam]")
        page.wait_for_selector("#quiz-minutes input", state="visible")
    page.click("#quiz-go")
    page.wait_for_selector("#quiz-place .quiz-form")


def choose_subject(page, subject):
    """Typed into the list once it has its counts, and taken with Enter."""
    page.click("#quiz-subject input")
    page.wait_for_selector(f"[role=option] >> text=Everything ({len(BANK)})")
    page.fill("#quiz-subject input", subject)
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=option]", state="detached")


def asked(page, place="#quiz-place"):
    """The item on show."""
    return BANK[page.get_attribute(f"{place} .quiz-form", "data-value").partition("|")[2]]


def answer_by_keyboard(page, question, *, right, place="#quiz-place"):
    """Choose or type, say how sure, and press Enter; nothing is clicked."""
    form = f"{place} .quiz-form"
    keys = set(key_texts(question))
    if isinstance(question.body, Ordering):
        if right:
            move_into_order(page, question.body.steps, form)
        page.focus(f"{form} [type=submit]")
        page.keyboard.press("Enter")
        return
    if page.locator(f"{form} .quiz-options").count():
        values = page.eval_on_selector_all(f"{form} [name=given]", "all => all.map(one => one.value)")
        if isinstance(question.body, Statement):
            keys = {str(question.body.is_true).lower()}
        numbers = [number for number, value in enumerate(values, 1) if (value in keys) == right]
        for number in numbers if right else numbers[:1]:
            page.keyboard.press(str(number))
        page.keyboard.press("h")
        assert page.locator(f"{form} [name=confidence][value=high]").is_checked()
    else:
        page.keyboard.type(typed_answer(question) if right else "nothing of the kind")
    page.keyboard.press("Enter")


def typed_answer(question):
    body = question.body
    if isinstance(body, ShortAnswer):
        return body.model_answer
    if isinstance(body, CodeOutput):
        return body.expected.strip()
    return f"{body.value:.12g}" if hasattr(body, "value") else body.accepted[0]


def move_into_order(page, steps, form):
    for place, step in enumerate(steps):
        while page.eval_on_selector_all(f"{form} .quiz-step", "all => all.map(one => one.dataset.step)")[place] != step:
            button = page.locator(f"{form} .quiz-step").filter(has_text=step).locator("[data-quiz-move=up]").first
            button.focus()
            page.keyboard.press("Enter")


def wait_for_live(page, words):
    page.wait_for_function("words => document.querySelector('#quiz-live')?.textContent.includes(words)", arg=words)


def test_a_quiz_by_keyboard_says_why_goes_on_after_a_reload_and_ends_with_what_to_read(page, browser, served):
    begin(page, "LoRA: Low-Rank", 3)
    assert page.inner_text(".quiz-count").startswith("Practice · 1 of 3")
    first = asked(page)
    answer_by_keyboard(page, first, right=False)
    page.wait_for_selector(".quiz-feedback")
    assert page.inner_text(".quiz-verdict").split()[1] in ("Wrong", "Partly")
    assert page.evaluate("document.activeElement.className") == "quiz-verdict"
    wait_for_live(page, page.inner_text(".quiz-verdict").split()[1])
    assert page.locator(".quiz-source blockquote").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector(".quiz-form")
    second = asked(page)
    assert second.id != first.id
    assert "quiz=" in page.url
    page.reload()
    page.wait_for_selector("#quiz-place .quiz-form")
    assert asked(page).id == second.id
    assert page.inner_text(".quiz-count").startswith("Practice · 2 of 3")
    with open_page(browser, served.address) as other:
        open_tab(other, "Quiz")
        other.wait_for_selector(".open-quizzes >> text=1 of 3 answered")
        other.click(".open-quizzes [name=quiz_go]")
        other.wait_for_selector("#quiz-place .quiz-form")
        assert asked(other).id == second.id
    for _ in range(2):
        page.wait_for_selector(".quiz-form")
        answer_by_keyboard(page, asked(page), right=True)
        page.wait_for_selector(".verdict-right")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-step=feedback]", state="detached")
    page.wait_for_selector("[data-step=report]")
    assert "2" in page.inner_text(".quiz-verdict")
    assert "quiz=" not in page.url
    assert page.locator(".quiz-missed li").count() == 1
    page.click("#quiz-place [name=quiz_again]")
    page.wait_for_selector(".quiz-form")
    assert asked(page).id == first.id
    page.click("#quiz-place [name=quiz_end]")
    page.click("dialog .main-button")
    page.wait_for_selector("[data-step=report]")


def test_a_wrong_choice_says_why_opens_its_source_and_asks_in_the_chat(page):
    begin(page, "Everything", 20)
    while not (isinstance(asked(page).body, Choices) and asked(page).kind == "choice"):
        page.click("#quiz-place [data-quiz-skip]")
        page.click("#quiz-place [name=quiz_go]")
        page.wait_for_selector(".quiz-form")
    question = asked(page)
    answer_by_keyboard(page, question, right=False)
    page.wait_for_selector(".verdict-wrong")
    chosen = page.inner_text(".quiz-result.is-chosen .quiz-result-text")
    reason = next(one.reason for one in question.options if one.text.replace("`", "")[:20] == chosen[:20])
    assert " ".join(reason.replace("`", "").split()[:3]) in page.inner_text(".quiz-feedback")
    page.click("#quiz-place [name=open_receipt]")
    page.wait_for_selector("#source-panel .source-view")
    page.keyboard.press("Escape")
    page.click("#quiz-place [data-explains]")
    page.wait_for_selector(".receipt")
    assert "In a quiz I was asked" in page.inner_text("#chat .user-row")
    open_tab(page, "Quiz")
    page.click("#quiz-place [name=quiz_undo]")
    page.wait_for_selector(".quiz-form")
    assert asked(page).id == question.id
    page.click("#quiz-place [name=quiz_leave]")
    page.wait_for_selector("#quiz-go", state="visible")


def test_an_exam_has_a_clock_no_hints_and_ends_by_itself(page):
    begin(page, "Attention mechanism", 2, exam=True)
    page.wait_for_function("() => /[23]:[0-5][0-9] left/.test(document.querySelector('.time-left').textContent)")
    assert page.locator(".quiz-hint").count() == 0
    page.click("#quiz-place [data-quiz-skip]")
    page.wait_for_selector(".quiz-count >> text=2 of 2")
    assert page.locator(".quiz-feedback").count() == 0
    page.evaluate("document.querySelector('.quiz-view').dataset.secondsLeft = '0'")
    page.wait_for_selector("[data-step=report]")
    assert "0 of 2 right" in page.inner_text(".quiz-verdict")
    assert "1 question had no answer" in page.inner_text(".quiz-view")


def test_a_quiz_is_there_again_after_a_restart(browser, tmp_path):
    home = tmp_path / "home"
    with serving_fakes(home, free_port()) as served, open_page(browser, served.address) as page:
        begin(page, "Everything", 3)
        page.click("#quiz-place [data-quiz-skip]")
        page.click("#quiz-place [name=quiz_go]")
        page.wait_for_selector("#quiz-place .quiz-form")
        question, query = asked(page), page.url.partition("?")[2]
    with serving_fakes(home, free_port()) as served, open_page(browser, served.address, viewport=PHONE) as page:
        page.goto(f"{served.address}/?{query}")
        page.wait_for_selector("#quiz-place .quiz-form", state="visible")
        assert asked(page).id == question.id


@pytest.mark.parametrize(
    ("subject", "count", "sentence"),
    [("Everything", "1000", "A quiz has 1 to 50 questions, not 1000."), ("no such thing", "5", "There is no topic")],
)
def test_a_form_that_cannot_be_a_quiz_says_so(page, subject, count, sentence):
    open_tab(page, "Quiz")
    choose_subject(page, subject)
    page.fill("#quiz-count input", count)
    page.click("#quiz-go")
    page.wait_for_selector(f"#quiz-notice [role=alert] >> text={sentence}")


def test_a_review_is_rated_undone_and_summed_up(page, home):
    open_tab(page, "Review")
    page.wait_for_selector(".review-card >> text=cards due now")
    due = int(page.inner_text(".review-card h2 >> nth=0").split()[0])
    page.click("[name=start_review]")
    page.wait_for_selector("#review-place .quiz-form")
    first = asked(page, "#review-place")
    answer_by_keyboard(page, first, right=True, place="#review-place")
    page.wait_for_selector(".quiz-ratings")
    shown = page.eval_on_selector_all(".quiz-ratings button", "all => all.map(one => one.textContent)")
    assert [one.split(" · ")[0] for one in shown] == ["Again", "Hard", "Good", "Easy"]
    assert shown[0] == "Again · 10 minutes"
    page.keyboard.press("4")
    page.wait_for_selector("#review-place .quiz-form")
    newest = StudyDesk(LearnerStore(home / LEARNER)).evidence()[0]
    assert (newest.item_id, newest.details["rating"]) == (first.id, "easy")
    page.click("#review-place [name=quiz_undo]")
    page.wait_for_function("id => document.querySelector('#review-place .quiz-form')?.dataset.value.endsWith(id)",
                           arg=str(first.id))  # fmt: skip
    for _ in range(due):
        page.wait_for_selector("#review-place .quiz-form")
        page.click("#review-place [data-quiz-skip]")
        page.wait_for_selector(".quiz-ratings")
        page.keyboard.press("Enter")
        page.wait_for_selector(".quiz-ratings", state="detached")
    page.wait_for_selector("#review-place [data-step=report]")
    page.click("#review-place [name=quiz_leave]")
    page.wait_for_selector("#review-overview >> text=Nothing is due now")


def test_cards_and_record_go_out_as_files_and_the_record_comes_back(page, tmp_path):
    open_tab(page, "Review")
    page.click("#review-transfer button")
    with page.expect_download() as waiting:
        page.click("#export-anki")
    package = zipfile.ZipFile(waiting.value.path())
    collection = tmp_path / "collection.anki2"
    collection.write_bytes(package.read("collection.anki2"))
    with sqlite3.connect(collection) as connection:
        assert connection.execute("select count(*) from notes").fetchone() == (len(BANK),)
    with page.expect_download() as waiting:
        page.click("#export-csv")
    assert waiting.value.suggested_filename == "roadmap-questions.csv"
    with page.expect_download() as waiting:
        page.click("#export-record")
    record = tmp_path / "learning-record.json"
    waiting.value.save_as(record)
    count = len(json.loads(record.read_text(encoding="utf-8"))["evidence"])
    page.set_input_files("#import-record input[type=file]", record)
    page.wait_for_selector(f"#imported >> text={count} were there before")
    page.set_input_files(
        "#import-record input[type=file]",
        {"name": "x.json", "mimeType": "application/json", "buffer": io.BytesIO(b"{").getvalue()},
    )
    page.wait_for_selector("#imported >> text=is not an exported learning record")


def test_progress_opens_the_answers_behind_a_bar(page):
    open_tab(page, "Progress")
    page.wait_for_selector(".mastery")
    bar = page.locator(".mastery").first
    assert bar.locator("svg").get_attribute("aria-label")
    bar.locator("summary").focus()
    page.keyboard.press("Enter")
    assert bar.locator(".attempts li").first.is_visible()
    assert "Confidence against correctness" in page.locator("svg.plot").first.get_attribute("aria-label")
    bar.locator("[name=quiz_topic]").click()
    page.wait_for_selector("#quiz-place .quiz-form", state="visible")


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_nothing_is_wider_than_the_screen(browser, served, dark):
    with open_page(browser, served.address, viewport=PHONE, dark=dark) as page:
        begin(page, "Everything", 4)
        for _ in range(4):
            page.wait_for_selector(".quiz-form")
            assert not has_sideways_scroll(page)
            page.click("#quiz-place [data-quiz-skip]")
            page.wait_for_selector(".quiz-feedback")
            assert not has_sideways_scroll(page)
            page.click("#quiz-place [name=quiz_go]")
            page.wait_for_selector("[data-step=feedback]", state="detached")
        page.wait_for_selector("[data-step=report]")
        assert not has_sideways_scroll(page)
        for tab, inside in (("Review", ".review-card"), ("Progress", ".progress-card")):
            open_tab(page, tab)
            page.wait_for_selector(inside)
            assert not has_sideways_scroll(page)
        heights = page.eval_on_selector_all("#quiz-place button", "all => all.map(one => one.offsetHeight)")
        assert all(height == 0 or height >= 24 for height in heights)
