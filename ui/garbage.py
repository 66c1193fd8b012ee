"""When Python looks for garbage: not while all is imported, and not in what stays.

A full collection walks all objects there are: with one page for most of a second, with fifty users' pages for one and a
half, in which nobody is answered. Nearly all of them are modules, components and libraries, which stay. Source:
https://docs.python.org/3/library/gc.html#gc.freeze
"""

from __future__ import annotations

import gc


def wait_for_garbage() -> None:
    """Look for none until `leave_out_what_stays`: what a start makes stays, and looking takes a quarter of its time."""
    gc.disable()


def leave_out_what_stays() -> None:
    """Look for garbage, from now on without what there is at this moment."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.collect()  # Python looks again when a quarter more has come than it last saw: that is little from now on


def look_everywhere() -> None:
    """Look for garbage in all there is, for a part of what stayed is gone; then leave out the rest."""
    gc.unfreeze()
    leave_out_what_stays()
