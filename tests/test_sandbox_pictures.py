"""Pictures of a guest are checked before anything decodes them."""

import struct
import zlib

import pytest

from errors import SandboxError
from sandbox.pictures import MAGIC, checked_png
from sandbox.values import SandboxLimits

LIMITS = SandboxLimits(figure_pixels=1_000, figure_bytes=5_000)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width=10, height=20, depth=8, colour=6, rest=(0, 0, 0)):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, *rest))


def png(*chunks, start=None):
    return MAGIC + (header() if start is None else start) + b"".join(chunks) + chunk(b"IEND", b"")


DATA = chunk(b"IDAT", zlib.compress(bytes(20 * 41)))


def test_size_comes_from_the_header():
    figure = checked_png(png(DATA), LIMITS)
    assert (figure.width, figure.height) == (10, 20)
    assert figure.png == png(DATA)


def test_hidden_parts_and_what_follows_the_end_are_left_out():
    noisy = png(chunk(b"tEXt", b"Comment\0hello"), DATA, chunk(b"acTL", bytes(8))) + b"<script>"
    assert checked_png(noisy, LIMITS).png == png(DATA)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "not a PNG"),
        (b"GIF89a" + bytes(100), "not a PNG"),
        (b"<svg onload=alert(1)>", "not a PNG"),
        (png(DATA, start=header(100_000, 100_000)), "100,000 x 100,000 pixels"),
        (png(DATA, start=header(0, 5)), "0 x 5 pixels"),
        (png(DATA, start=header(2**31, 2**31)), "larger than the limit"),
        (png(DATA, start=header(depth=3)), "kind"),
        (png(DATA, start=header(colour=5)), "kind"),
        (png(DATA, start=header(rest=(1, 0, 0))), "kind"),
        (png(DATA, start=chunk(b"IHDR", b"short")), "begin"),
        (png(DATA, start=b""), "begin"),
        (png(), "whole"),
        (png(DATA)[:-12], "whole"),
        (png(header(), DATA), "whole"),
        (MAGIC + header()[:-1] + b"x" + DATA, "damaged"),
        (png(chunk(b"IDAT", bytes(6_000))), "6,"),
        (MAGIC + struct.pack(">I", 0xFFFFFFFF) + b"IHDR", "whole"),
    ],
)
def test_anything_else_is_refused(data, word):
    with pytest.raises(SandboxError, match=word):
        checked_png(data, LIMITS)


def test_every_cut_of_a_picture_is_refused():
    whole = png(DATA)
    for end in range(len(whole)):
        with pytest.raises(SandboxError):
            checked_png(whole[:end], LIMITS)
