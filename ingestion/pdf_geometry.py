"""From PDF coordinates to places on the page as a reader sees it."""

from __future__ import annotations

from typing import Any

from ingestion.document import Box


class PageGeometry:
    """Turns PDF coordinates into points from the top left corner of the page as it is shown."""

    def __init__(self, page: Any) -> None:
        media = page.get_mediabox()
        crop = page.get_cropbox()
        left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
        right, top = min(media[2], crop[2]), min(media[3], crop[3])
        if right - left < 1 or top - bottom < 1:
            left, bottom, right, top = media
        self.left, self.bottom, self.right, self.top = left, bottom, right, top
        self.rotation = page.get_rotation() % 360
        self.width, self.height = page.get_size()

    def box(self, left: float, bottom: float, right: float, top: float) -> Box | None:
        """The rectangle as shown, after crop and rotation; None when its middle is not on the page."""
        if self.rotation == 0:
            left, top, right, bottom = left - self.left, self.top - top, right - self.left, self.top - bottom
        else:
            left, top, right, bottom = self._turned(left, bottom, right, top)
        if 0 <= left + right <= 2 * self.width and 0 <= top + bottom <= 2 * self.height:
            return Box(left, top, right, bottom)
        return None

    def _turned(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        if self.rotation == 90:
            return bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
        if self.rotation == 180:
            return self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
        return self.top - top, self.right - right, self.top - bottom, self.right - left
