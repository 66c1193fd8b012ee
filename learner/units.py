"""Typed numbers brought to the unit of the key: `2 GB` for a key in MB, `39%` for a key that is a share. Pure."""

from __future__ import annotations

import re

_FACTORS = {
    **{"b": 1.0, "byte": 1.0, "bytes": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
    **{"kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40},
    **{"ms": 1e-3, "s": 1.0, "second": 1.0, "seconds": 1.0, "minute": 60.0, "minutes": 60.0, "min": 60.0},
    **{"hour": 3600.0, "hours": 3600.0, "h": 3600.0, "day": 86_400.0, "days": 86_400.0},
}
"""Unit to its size in bytes or in seconds."""
_BYTES = frozenset({"b", "byte", "bytes", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib"})
_MEASURED = re.compile(r"(-?\d[\d,_]*(?:\.\d+)?(?:e[-+]?\d+)?)\s*([A-Za-z]+)\b", re.I)


def numbers_in_unit(given: str, unit: str) -> str:
    """The answer with each measured number converted to `unit`; other units and texts stay as they are."""
    wanted = unit.strip().casefold()
    if wanted not in _FACTORS:
        return given

    def converted(match: re.Match[str]) -> str:
        said = match[2].casefold()
        if said not in _FACTORS or (said in _BYTES) != (wanted in _BYTES) or said == wanted:
            return match[0] if said != wanted else match[1]
        value = float(match[1].replace(",", "").replace("_", "")) * _FACTORS[said] / _FACTORS[wanted]
        return f"{value!r}"

    return _MEASURED.sub(converted, given)
