"""Pictures of PDF pages with marks on them. Runs in the worker process only."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from errors import DamagedDocumentError
from ingestion.document import Box

MAXIMUM_PIXELS = 16_000_000
MARK_COLOUR = (255, 230, 110)
"""Yellow: red, green and blue, 0 to 255."""
MARK_MARGIN_POINTS = 1.0


def render_page(path: Path, page_number: int, *, scale: float, marks: Sequence[Box]) -> bytes:
    """The page as PNG, `scale` pixels for each point; very large pages are made smaller.

    Readers' own annotations are not drawn, so that the only marks are ours.

    Raises:
        DamagedDocumentError: there is no such page, or it cannot be drawn.
    """
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(path)
        try:
            if not 1 <= page_number <= len(pdf):
                raise DamagedDocumentError(
                    f"{path.name} has no page {page_number}.", hint=f"It has pages 1 to {len(pdf)}."
                )
            page = pdf[page_number - 1]
            width, height = page.get_size()
            scale = max(0.05, min(scale, math.sqrt(MAXIMUM_PIXELS / max(1.0, width * height))))
            picture = page.render(scale=scale, may_draw_forms=False, draw_annots=False).to_pil()
        finally:
            pdf.close()
    except pypdfium2.PdfiumError as error:
        raise DamagedDocumentError(f"Page {page_number} of {path.name} cannot be drawn.") from error
    return _png(_marked(picture, scale, marks))


def _marked(picture: Any, scale: float, marks: Sequence[Box]) -> Any:
    """The picture with marks as a text marker makes them: black stays black."""
    from PIL import Image, ImageChops, ImageDraw

    picture = picture.convert("RGB")
    if not marks:
        return picture
    layer = Image.new("RGB", picture.size, "white")
    draw = ImageDraw.Draw(layer)
    for mark in marks:
        left, top = mark.left - MARK_MARGIN_POINTS, mark.top - MARK_MARGIN_POINTS
        right, bottom = mark.right + MARK_MARGIN_POINTS, mark.bottom + MARK_MARGIN_POINTS
        if right > left and bottom > top:
            draw.rectangle([left * scale, top * scale, right * scale, bottom * scale], fill=MARK_COLOUR)
    return ImageChops.multiply(picture, layer)


def _png(picture: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", compress_level=3)
    return buffer.getvalue()
