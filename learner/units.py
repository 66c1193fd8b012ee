"""Typed numbers brought to the unit of the key: `2 GB` for a key in MB, `90 minutes` for one in hours. Pure."""

from __future__ import annotations

import re

from learner.answer_reading import plain_number

_SIZES = {
    **{"b": 1.0, "byte": 1.0, "bytes": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
    **{"kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40},
}
"""Unit to its size in bytes."""
_TIMES = {
    **{"ms": 1e-3, "s": 1.0, "second": 1.0, "seconds": 1.0, "minute": 60.0, "minutes": 60.0, "min": 60.0},
    **{"hour": 3600.0, "hours": 3600.0, "h": 3600.0, "day": 86_400.0, "days": 86_400.0},
}
"""Unit to its length in seconds."""
_COUNTS = {
    **{"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12},
}
"""Word to the number it stands for, as in `million weights`."""
_FAMILIES = (_SIZES, _TIMES, _COUNTS)
_MEASURED = re.compile(
    r"(?P<digits>\d{1,3}(?:[,_']\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)(?P<exponent>e[-+]?\d{1,3})?\s*(?P<unit>[a-z]+)\b",
    re.I,
)


def numbers_in_unit(given: str, unit: str) -> str:
    """The answer with each measured number converted to `unit`; other words stay as they are."""
    wanted = _first_word(unit)
    factors = _factors_of(wanted)
    if not factors:
        return given.replace(unit, "") if unit else given

    def converted(match: re.Match[str]) -> str:
        size = factors.get(match["unit"].casefold())
        if size is None:
            return match[0]
        value = plain_number(match["digits"]) * float(f"1{match['exponent'] or ''}")
        return f"{value * size / factors[wanted]:.15g}"

    return _MEASURED.sub(converted, given)


def scale_of(unit: str) -> float:
    """What a unit such as `million weights` multiplies its numbers with; 1 for others."""
    return _COUNTS.get(_first_word(unit), 1.0) if _factors_of(_first_word(unit)) is _COUNTS else 1.0


def foreign_unit(given: str, unit: str) -> str:
    """A unit in the answer that measures something else than the key's, e.g. `seconds` for GB; empty without one."""
    factors = _factors_of(_first_word(unit))
    for match in _MEASURED.finditer(given) if factors and factors is not _COUNTS else ():
        said = match["unit"].casefold()
        if said not in factors and (said in _SIZES or said in _TIMES):
            return match["unit"]
    return ""


def _first_word(unit: str) -> str:
    return unit.casefold().split()[0] if unit.strip() else ""


def _factors_of(word: str) -> dict[str, float]:
    return next((factors for factors in _FAMILIES if word in factors), {})
