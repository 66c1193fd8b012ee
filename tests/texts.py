"""The page's texts as a template for translators, and catalogues compiled: `make texts`."""

import ast
import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "ui" / "locale"
TEMPLATE = LOCALE / "study.pot"
CALLS = {"_": 1, "N_": 1, "ngettext": 2, "counted": 2}
"""Functions of ui/translation.py, and how many of their arguments are texts."""
SCRIPT_CALLS = {"t": None, "mark": None}
PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def texts_of_the_code():
    """A catalogue of all texts that the page's code marks, each with the files it stands in."""
    catalogue = Catalog(project="study", charset="utf-8", fuzzy=False)
    for path in sorted((ROOT / "ui").rglob("*.js")) + sorted((ROOT / "ui").rglob("*.py")):
        for message in _in_script(path) if path.suffix == ".js" else _in_module(path):
            catalogue.add(message, None, [(path.relative_to(ROOT).as_posix(), None)])
    return catalogue


def _in_script(path):
    return [message for _, message, _, _ in extract_from_file("javascript", path, keywords=SCRIPT_CALLS)]


def _in_module(path):
    """Read by the language's own parser: Babel's reader sees nothing inside of f-strings before Python 3.12."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            given = node.args[: CALLS[node.func.id]]
            texts = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if len(texts) == CALLS[node.func.id]:
                yield texts[0] if len(texts) == 1 else tuple(texts)


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
    """What would break the page: a translation whose placeholders are not its text's, or with HTML that it has not."""
    faults = []
    for message in catalogue:
        if not message.id:
            continue
        wanted = message.id if isinstance(message.id, tuple) else (message.id,)
        given = message.string if isinstance(message.string, tuple) else (message.string,)
        allowed = set.union(*map(placeholders, wanted))
        needed = set.intersection(*map(placeholders, wanted)) - {"{count}"}
        for text in filter(None, given):
            fits = needed <= placeholders(text) <= allowed
            if not fits or not signs(text) <= set.union(*map(signs, wanted)):
                faults.append(f"{wanted[0]!r} became {text!r}")
    return faults


def signs(text):
    """What means something else in HTML, where texts go as they are."""
    return set(re.findall(r'[<>"&]', text))


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
