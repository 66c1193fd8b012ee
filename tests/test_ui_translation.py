"""The page's texts can be translated: all are in the template, catalogues fit, and a language is chosen once."""

import ast
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from texts import LOCALE, TEMPLATE, faults_of, placeholders, texts_of_the_code

import ui.translation
from errors import SettingsError
from ui.translation import N_, _, choose_language, chosen_language, languages, ngettext, script_texts

MODULES = sorted((Path(__file__).resolve().parent.parent / "ui").rglob("*.py"))


@pytest.fixture(autouse=True)
def english_again():
    yield
    choose_language("en")


@pytest.fixture
def german(tmp_path, monkeypatch):
    """A catalogue of two texts."""
    catalogue = Catalog(locale="de")
    catalogue.add("Save {name}", "{name} sichern")
    catalogue.add(("{count} page", "{count} pages"), ("{count} Seite", "{count} Seiten"))
    file = tmp_path / "de" / "LC_MESSAGES" / "study.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        write_mo(out, catalogue)
    monkeypatch.setattr(ui.translation, "LOCALE", tmp_path)


def test_the_template_holds_the_texts_of_the_code_and_no_others():
    with TEMPLATE.open("rb") as file:
        there = {message.id for message in read_po(file)}
    wanted = {message.id for message in texts_of_the_code()}
    assert (wanted - there, there - wanted) == (set(), set()), "run `make texts`"


def test_catalogues_keep_the_placeholders_and_are_compiled():
    for path in LOCALE.glob("*/LC_MESSAGES/study.po"):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parent.parent.name)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        assert faults_of(catalogue) == []
        assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run `make texts`"


@pytest.mark.parametrize(
    ("text", "translation", "fits"),
    [
        ("Delete {title}?", "{title} löschen?", True),
        ("Delete {title}?", "{titel} löschen?", False),
        ("Delete {title}?", "Löschen?", False),
        ("Delete", '" onclick=', False),
        (
            ("One page of {name}", "{count} pages of {name}"),
            ("Eine Seite von {name}", "{count} Seiten von {name}"),
            True,
        ),
        (("A page of {name}", "{count} pages of {name}"), ("Eine Seite", "{count} Seiten"), False),
    ],
)
def test_a_translation_with_other_placeholders_is_a_fault(text, translation, fits):
    catalogue = Catalog(locale="de")
    catalogue.add(text, translation)
    assert (faults_of(catalogue) == []) is fits


def test_english_is_what_stands_in_the_code():
    assert (_("Save {name}"), _(""), N_("Save")) == ("Save {name}", "", "Save")
    assert [ngettext("{count} page", "{count} pages", count) for count in (1, 2)] == ["{count} page", "{count} pages"]
    assert script_texts(['t("Save")']) == {}


def test_a_catalogue_is_used_and_what_it_lacks_stays_english(german):
    assert languages() == ["en", "de", "en-XA"]
    choose_language("de-AT")
    assert _("Save {name}") == "{name} sichern"
    assert [ngettext("{count} page", "{count} pages", count) for count in (1, 2)] == ["{count} Seite", "{count} Seiten"]
    assert _("Other") == "Other"
    assert _("") == ""
    assert script_texts(['t("Save {name}", { name })', "mark('x')"]) == {"Save {name}": "{name} sichern"}


def test_an_unknown_language_is_told_with_those_that_are_there(german):
    with pytest.raises(SettingsError, match="does not speak 'fr'") as told:
        choose_language("fr")
    assert "en, de, en-XA" in told.value.hint
    assert chosen_language() == "en"


def test_the_pseudo_language_brackets_and_lengthens_and_keeps_what_is_no_word():
    choose_language("en-XA")
    text = _("Press `Save` for <b>{count}</b> &amp; more")
    assert text == "⟦Preess `Save` foor <b>{count}</b> &amp; mooree⟧"
    assert ngettext("{count} page", "{count} pages", 2) == "⟦{count} paagees⟧"


def test_the_page_head_names_the_language_and_hands_the_texts_to_the_scripts():
    from ui.theme import page_head

    assert "window.studyTexts =" not in page_head()
    choose_language("en-XA")
    head = page_head()
    assert 'document.documentElement.lang = "en-XA"' in head
    assert '"Keyboard shortcuts": "⟦Keeybooaard shoortcuuts⟧"' in head


def test_nothing_is_translated_while_modules_are_imported():
    """A text that is translated at import stays English for ever."""
    calls = ("_", "ngettext", "counted")
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        waiting = list(tree.body)
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting += [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.decorator_list]
                continue
            if isinstance(node, ast.Lambda):
                continue
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in calls
            assert not called, f"{path.name}:{node.lineno}"
            waiting += ast.iter_child_nodes(node)


def test_each_text_gets_the_values_that_it_has_places_for():
    """Where it is filled at once; a place without a value would be a fault in the middle of a page."""
    count = 0
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name(id="_" | "ngettext"), args=texts), attr="format")
                ):
                    named = {
                        place.strip("{}").partition(":")[0]
                        for text in texts
                        if isinstance(text, ast.Constant)
                        for place in placeholders(str(text.value))
                    }
                    assert named <= {keyword.arg for keyword in node.keywords}, f"{path.name}:{node.lineno}"
                    count += bool(named)
    assert count > 100
