"""The page's texts as a template for translators, and catalogues compiled: `make texts`."""

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "ui" / "locale"
TEMPLATE = LOCALE / "study.pot"
METHODS = [("assets/**.js", "javascript"), ("**.py", "python")]
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "t": None, "mark": None}
PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def texts_of_the_code():
    """A catalogue of all texts that the page's code marks, each with the files it stands in."""
    catalogue = Catalog(project="study", charset="utf-8", fuzzy=False)
    found = extract_from_dir(str(ROOT / "ui"), METHODS, keywords=KEYWORDS, comment_tags=("Translators:",))
    for name, _, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        catalogue.add(message, None, [(f"ui/{name}", None)], auto_comments=comments, context=context)
    return catalogue


def text_of(catalogue):
    """The template as a file, without dates and lines, so that it changes with its texts alone."""
    file = BytesIO()
    write_po(file, catalogue, width=100, omit_header=True, include_lineno=False, sort_by_file=True)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    return (
        f"# The texts of the page. Written by `make texts`; how a language is added: docs/translation.md.\n{header}\n"
        + (file.getvalue().decode("utf-8"))
    )


def placeholders(text):
    """The places of a text that values go into, each once."""
    return set(PLACEHOLDER.findall(text))


def faults_of(catalogue):
    """What would break the page: a translation whose placeholders are not its text's."""
    faults = []
    for message in catalogue:
        if not message.id:
            continue
        wanted = message.id if isinstance(message.id, tuple) else (message.id,)
        given = message.string if isinstance(message.string, tuple) else (message.string,)
        allowed = set.union(*map(placeholders, wanted))
        needed = set.intersection(*map(placeholders, wanted)) - {"{count}"}
        faults += [
            f"{wanted[0]!r} became {text!r}" for text in given if text and not needed <= placeholders(text) <= allowed
        ]
    return faults


def main():
    template = texts_of_the_code()
    LOCALE.mkdir(exist_ok=True)
    TEMPLATE.write_text(text_of(template), encoding="utf-8")
    sys.stdout.write(f"{TEMPLATE.relative_to(ROOT)}: {len(template)} texts\n")
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/study.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parent.parent.name)
        catalogue.update(template, no_fuzzy_matching=True)
        if faults := faults_of(catalogue):
            sys.exit(f"{path.relative_to(ROOT)}: placeholders differ: " + "; ".join(faults))
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, include_lineno=False, sort_by_file=True)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
        missing = sum(
            not (message.string if isinstance(message.string, str) else all(message.string)) for message in catalogue
        )
        sys.stdout.write(f"{path.relative_to(ROOT)}: {missing} texts without a translation\n")


if __name__ == "__main__":
    main()
