"""The page over fakes in the pseudo-language, and what of it is in no brackets: `pseudo_page.py PORT HOME`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fake_services import serve_fake

from ui.garbage import wait_for_garbage
from ui.translation import PSEUDO, choose_language

CONTENT = {
    "what is studied": [
        ".topic-title", ".topic-link", ".topic-body p", ".part-goal", ".material", ".graph-node", ".note-text",
        ".web-link", ".welcome-question", ".next-card p", ".next-card button", "#roadmap-papers li", ".example",
        "blockquote",
    ],
    "questions, their options, reasons and sources": [
        ".quiz-prompt", ".quiz-option span", ".quiz-step", ".quiz-results", ".quiz-yours", ".quiz-key",
        ".quiz-explanation",
        ".quiz-source figcaption", ".quiz-feedback p", ".quiz-topic", ".quiz-missed", ".quiz-answered > summary",
        ".quiz-onward [name=quiz_topic]", ".mastery-title", ".share-plot", "#quiz-live", "#quiz-place h2",
    ],
    "what the tutor, models and the library say": [
        "#chat .prose", "#chat .md", "#chat .message", ".document-title", ".document-details", ".file-warning",
        ".source-view h2", ".source-details", ".missing-models", ".welcome-choices [name=model] ~ span",
        ".welcome-dialog > div > .hint",
        "#sandbox-state", ".conversation-title", ".conversation .quiet-button", ".why p",
    ],
    "code and keys": ["code", "pre", "kbd"],
    "Gradio's own": [
        "#upload .wrap", "#import-record .wrap", ".upload-container", ".icon-button-wrapper", "footer", ".bubble-wrap",
        ".overflow-menu > button", "[data-testid=status-tracker]", "[data-testid=user]", "[data-testid=bot]",
    ],
}  # fmt: skip
"""Selectors of what is no text of the page's own, by why."""
NAMES = r"\b(?:arXiv|PDF|MB|UTC|JSON|Markdown|Ollama|OpenAI|Anthropic)\b"
"""Words that are the same in every language."""

UNTRANSLATED = """([allowed, names]) => {
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });
  const outside = (text) => {
    let depth = 0;
    const kept = [...text].filter((sign) => {
      if (sign === "⟦") depth += 1;
      if (sign === "⟧") depth -= 1;
      return depth === 0;
    });
    return kept.join("").replace(new RegExp(names, "g"), "").replace(/[⟦⟧]/g, " ");
  };
  const isText = (text) => /\\p{L}{2,}/u.test(text);
  const found = [];
  const tell = (element, text) => {
    const place = element.closest("[id]");
    found.push(`${text.trim().slice(0, 80)}  (${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`
      + ` in #${place?.id ?? ""})`);
  };
  const blocks = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (element.closest("script, style, option") || element.closest(allowed) || !isSeen(element)) continue;
    let block = element;
    const isInline = () => /^(inline|contents)$/.test(getComputedStyle(block).display);
    while (isInline() && block.parentElement) block = block.parentElement;
    blocks.set(block, (blocks.get(block) ?? "") + walker.currentNode.data);
  }
  blocks.forEach((text, block) => isText(outside(text)) && tell(block, outside(text)));
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt], option")) {
    if (element.closest(allowed) || !isSeen(element.closest("select") ?? element)) continue;
    const texts = ["aria-label", "title", "placeholder", "alt"].map((name) => element.getAttribute(name) ?? "");
    for (const text of element.tagName === "OPTION" ? [element.textContent] : texts) {
      if (isText(outside(text))) tell(element, outside(text));
    }
  }
  return [...new Set(found)];
}"""


def untranslated(page):
    """The texts seen now that are in no brackets."""
    allowed = ", ".join(selector for selectors in CONTENT.values() for selector in selectors)
    return page.evaluate(UNTRANSLATED, [allowed, NAMES])


if __name__ == "__main__":
    wait_for_garbage()
    choose_language(PSEUDO)
    serve_fake(int(sys.argv[1]), Path(sys.argv[2]))
