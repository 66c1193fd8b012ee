/* What Gradio's own markup lacks for keyboards and screen readers, put right as it comes into the page. With this, axe-core
   finds nothing moderate or worse anywhere (tests/test_browser_access.py walks the page), so there is no list of exceptions;
   one that must be made belongs here, with its reason. */
(() => {
  "use strict";

  const { t } = window.studyPage;
  const all = (selector) => document.querySelectorAll(selector);

  /* A step's title is a button with a button in it, without a name. The inner one becomes the control; a click on the
     title still unfolds the step. */
  function mendSteps() {
    for (const title of all("#chat .thought-group > .title")) {
      if (title.getAttribute("role") === "button") {
        title.removeAttribute("role");
        title.removeAttribute("tabindex");
      }
      const button = title.querySelector(".arrow button");
      const shown = String(Boolean(title.nextElementSibling));
      if (!button || button.getAttribute("aria-expanded") === shown) continue;
      button.setAttribute("aria-expanded", shown);
      button.setAttribute("aria-label", t("Details: {step}", { step: title.querySelector(".md")?.textContent.trim() ?? t("step") }));
    }
  }

  /* Suggested questions are a list of buttons, which no list may hold. */
  function mendExamples() {
    for (const examples of all('#chat .examples[role="list"]')) {
      examples.setAttribute("role", "group");
      examples.setAttribute("aria-label", t("Suggested questions"));
    }
  }

  let waits = false;
  function mend() {
    waits = false;
    mendSteps();
    mendExamples();
  }

  new MutationObserver(() => {
    if (waits) return;
    waits = true;
    window.requestAnimationFrame(mend);
  }).observe(document, { childList: true, subtree: true });
})();
