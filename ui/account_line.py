"""Who is logged in, and the button to log out; nothing where nobody logs in."""

from __future__ import annotations

from ui.login_door import LOGOUT
from ui.markup import escape_html
from ui.translation import _


def show_account(name: str) -> None:
    """Add the line to the page that is being built."""
    import gradio as gr

    if name:
        gr.HTML(account_html(name), elem_id="account", apply_default_css=False)


def account_html(name: str) -> str:
    """The name and the button; a form, so that it works without a script and cannot be followed as a link."""
    return (
        f'<form class="account" method="post" action="{LOGOUT.lstrip("/")}">'
        f'<span class="account-name">{escape_html(name)}</span>'
        f'<button type="submit" class="quiet-button">{_("Log out")}</button></form>'
    )
