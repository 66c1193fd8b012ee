"""Pictures that come out of a guest: looked at byte by byte before anything decodes them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from errors import SandboxError
from sandbox.values import Figure, SandboxLimits

MAGIC = b"\x89PNG\r\n\x1a\n"
KEPT_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"pHYs", b"IDAT", b"IEND"})
"""What is needed to draw the picture. Texts, profiles and animations can hide anything and are left out."""
DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
"""Bit depths that each colour type of https://www.w3.org/TR/png-3/#11IHDR allows."""
HEADER_BYTES = 13
MOST_CHUNKS = 10_000


def checked_png(data: bytes, limits: SandboxLimits) -> Figure:
    """The picture with its size, rebuilt of the parts that are needed to draw it.

    Raises:
        SandboxError: it is no whole PNG, or larger than the limits; nothing was decoded to find out.
    """
    if len(data) > limits.figure_bytes:
        raise SandboxError(f"A figure of {len(data):,} bytes is larger than the limit of {limits.figure_bytes:,}.")
    if not data.startswith(MAGIC):
        raise SandboxError("A figure is not a PNG picture.")
    kinds: list[bytes] = []
    kept = [MAGIC]
    width = height = 0
    for kind, chunk, body in _chunks(data):
        if not kinds:
            width, height = _size(kind, body, limits)
        kinds.append(kind)
        if kind in KEPT_CHUNKS:
            kept.append(chunk)
    if not kinds or kinds[-1] != b"IEND" or b"IDAT" not in kinds or kinds.count(b"IHDR") != 1:
        raise SandboxError("A figure is not a whole PNG picture.")
    return Figure(png=b"".join(kept), width=width, height=height)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Kind, whole chunk and body of each chunk up to the end mark; stops short where the data does."""
    at = len(MAGIC)
    for _ in range(MOST_CHUNKS):
        if at + 12 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        if end > len(data):
            return
        kind, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(data[at + 4 : end - 4]) != checksum:
            raise SandboxError("A figure is a damaged PNG picture.")
        yield kind, data[at:end], body
        if kind == b"IEND":
            return
        at = end


def _size(kind: bytes, body: bytes, limits: SandboxLimits) -> tuple[int, int]:
    if kind != b"IHDR" or len(body) != HEADER_BYTES:
        raise SandboxError("A figure does not begin as PNG pictures do.")
    width, height, depth, colour, packing, filters, interlace = struct.unpack(">IIBBBBB", body)
    if depth not in DEPTHS.get(colour, ()) or packing or filters or interlace > 1:
        raise SandboxError("A figure is of a kind that PNG does not know.")
    if not width or not height or width * height > limits.figure_pixels:
        raise SandboxError(
            f"A figure of {width:,} x {height:,} pixels is larger than the limit of {limits.figure_pixels:,} pixels."
        )
    return width, height
