"""The page's texts in the language of the page: gettext catalogues below `locale/`, chosen once for the process.

English stands in the code and needs no file. How a language is added: docs/translation.md.
"""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Iterable
from pathlib import Path

from errors import SettingsError

DOMAIN = "study"
LOCALE = Path(__file__).parent / "locale"
ENGLISH = "en"
PSEUDO = "en-XA"
"""Each text lengthened and in brackets, made as it is asked for: what comes without them cannot be translated."""
_KEPT = re.compile(r"\{[^{}]*\}|<[^>]*>|&\w+;|`[^`]*`|\*\*|https?://\S+")
_SCRIPT_TEXT = re.compile(r'\b(?:t|mark)\(\s*("(?:[^"\\\n]|\\.)*")')


class _Pseudo(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        """The text with doubled vowels, about a third longer, as many languages are."""
        places, longer = 0, []
        for found in _KEPT.finditer(message):
            longer += [_lengthened(message[places : found.start()]), found.group()]
            places = found.end()
        return f"⟦{''.join(longer)}{_lengthened(message[places:])}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The form of English for the number, made longer."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def _lengthened(text: str) -> str:
    return re.sub(r"[aeiou]", lambda vowel: vowel.group() * 2, text)


class _Chosen:
    """What the process speaks: one interface language, whoever reads."""

    code = ENGLISH
    texts: gettext.NullTranslations = gettext.NullTranslations()


def choose_language(code: str) -> None:
    """Speak `code` (`de`, `pt-BR`) from now on; a text that its catalogue lacks stays English.

    Raises:
        SettingsError: there is no catalogue for it.
    """
    name = code.strip().replace("_", "-") or ENGLISH
    if name.casefold() == ENGLISH:
        _Chosen.code, _Chosen.texts = ENGLISH, gettext.NullTranslations()
        return
    if name.casefold() == PSEUDO.casefold():
        _Chosen.code, _Chosen.texts = PSEUDO, _Pseudo()
        return
    found = gettext.find(DOMAIN, str(LOCALE), [name.replace("-", "_")])
    if found is None:
        raise SettingsError(
            f"The page does not speak {code!r}.", hint=f"STUDY_PAGE_LANGUAGE can be {', '.join(languages())}."
        )
    with Path(found).open("rb") as file:
        _Chosen.code, _Chosen.texts = name, gettext.GNUTranslations(file)


def languages() -> list[str]:
    """Codes that can be chosen."""
    found = sorted(path.parent.parent.name for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return [ENGLISH, *(name.replace("_", "-") for name in found), PSEUDO]


def chosen_language() -> str:
    """The code of the language that the page speaks."""
    return _Chosen.code


def _(text: str) -> str:
    """A text in the page's language. Called where the text is used, never while a module is imported."""
    return _Chosen.texts.gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a text that `count` asks for."""
    return _Chosen.texts.ngettext(one, many, count)


def counted(one: str, many: str, count: int) -> str:
    """That form with the number in the place of `{count}`."""
    return ngettext(one, many, count).format(count=count)


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """The text itself: marks one of a constant, for which `_` is called where it is used."""
    return text


def script_texts(scripts: Iterable[str]) -> dict[str, str]:
    """The texts that the page's scripts show, English to the page's language; empty for English."""
    if _Chosen.code == ENGLISH:
        return {}
    found = (json.loads(text) for script in scripts for text in _SCRIPT_TEXT.findall(script))
    return {text: _(text) for text in found}
