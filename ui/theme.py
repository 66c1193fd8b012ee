"""The page's look: quiet colours, the system's own fonts, nothing fetched from anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ui.translation import chosen_language, script_texts

if TYPE_CHECKING:
    import gradio as gr

_ASSETS = Path(__file__).parent / "assets"
_STYLES = ("page", "roadmap", "quiz", "thumbs", "chat", "library", "welcome")
_SCRIPTS = ("page", "shortcuts", "roadmap", "quiz", "thumbs", "chat", "library", "welcome", "access")
"""The first makes what the others add to."""

_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif")
_MONO_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")


def build_theme() -> gr.themes.Base:
    """Teal on slate, light and dark; all text at least 4.5:1 against its ground."""
    import gradio as gr

    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=[gr.themes.Font(name) for name in _FONTS],
        font_mono=[gr.themes.Font(name) for name in _MONO_FONTS],
    )
    return theme.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_800",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_width="1px",
        block_shadow="none",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_700",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        checkbox_border_color="*neutral_500",
        checkbox_border_color_dark="*neutral_400",
        checkbox_background_color_dark="*neutral_900",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
        button_secondary_background_fill="white",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_dark="*neutral_800",
        button_secondary_background_fill_hover_dark="*neutral_700",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_700",
        button_border_width="1px",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
    )


def _language(scripts: list[str]) -> str:
    """What the scripts need to speak another language than English."""
    texts = script_texts(scripts)
    if not texts:
        return ""
    told = json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c")
    return f"document.documentElement.lang = {json.dumps(chosen_language())};\nwindow.studyTexts = {told};\n"


def page_head() -> str:
    """The page's style and script, as the elements that go into its head.

    The style goes here because Gradio's own `css` puts every selector below its container, out of
    reach of the dialogs and of `body`.
    """
    style = "".join((_ASSETS / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES)
    scripts = [(_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    script = "".join([_language(scripts), *scripts])
    return f'<meta name="color-scheme" content="light dark"><style>{style}</style><script>{script}</script>'
