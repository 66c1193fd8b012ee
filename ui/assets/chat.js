/* The chat: editing a question, saving a conversation. */
(() => {
  "use strict";

  const { t } = window.studyPage;

  /* The question's own text travels percent-encoded in the button's name: the chat lets no other attribute through. */
  async function editQuestion(button) {
    const question = await window.studyPage.ask({
      text: t("Edit the question. The turns after it stay in the version before."),
      verb: t("Ask"),
      code: decodeURIComponent(button.name),
      kind: "question-dialog",
    });
    if (question !== null && question.trim()) window.studyPage.act("edit_question", { value: button.value, answer: question });
  }

  function saveFile(text) {
    if (!text) return;
    const file = JSON.parse(text);
    const address = URL.createObjectURL(new Blob([file.text], { type: "text/markdown;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = file.name;
    document.body.append(link);
    link.click();
    link.remove();
    window.setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  /* A card with title, page and quote over a number that the pointer or the focus is on, at once; the browser's own
     tooltip comes late, and not by keyboard. */

  let card = null;
  let over = null;

  /* The chat's style for formulas ends at the chat; the browser draws their MathML anywhere. */
  function withMathML(text) {
    text.querySelectorAll(".katex").forEach((formula) => {
      formula.querySelectorAll("annotation").forEach((one) => one.remove());
      formula.replaceWith(formula.querySelector("math") ?? "");
    });
    return text;
  }

  function showCard(button) {
    if (over === button || !button.title) return;
    hideCard();
    over = button;
    const [place, ...rest] = button.title.split(": “");
    over.dataset.told = over.title;
    over.removeAttribute("title");
    card = document.createElement("div");
    card.className = "citation-card";
    card.setAttribute("role", "tooltip");
    const name = document.createElement("b");
    name.textContent = place;
    const quote = document.createElement("span");
    const drawn = button.closest(".message")?.querySelector(`.source-row[value="${CSS.escape(button.value)}"] .source-quote`);
    if (drawn) quote.append(...withMathML(drawn.cloneNode(true)).childNodes);
    else quote.textContent = rest.length ? `“${rest.join(": “")}` : "";
    card.append(name, quote);
    document.body.append(card);
    const at = button.getBoundingClientRect();
    const above = at.top - card.offsetHeight - 6;
    card.style.top = `${above > 8 ? above : at.bottom + 6}px`;
    card.style.left = `${Math.max(12, Math.min(at.left - 20, window.innerWidth - card.offsetWidth - 12))}px`;
  }

  function hideCard() {
    card?.remove();
    if (over?.dataset.told) over.title = over.dataset.told;
    card = over = null;
  }

  const citationOf = (event) => event.target.closest?.("button.citation");
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const button = citationOf(event);
    if (button) showCard(button);
    else if (over && over !== document.activeElement) hideCard();
  });
  document.addEventListener("focusin", (event) => {
    const button = citationOf(event);
    if (button?.matches(":focus-visible")) showCard(button);
    else hideCard();
  });
  document.addEventListener("focusout", hideCard);
  document.addEventListener("scroll", hideCard, { capture: true, passive: true });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hideCard());

  /* Files dropped on the chat are attached, as if they were chosen. A question that is sent while they travel waits
     until Python knows of them. */

  const LONGEST_UPLOAD_MILLISECONDS = 120000;
  const fileInput = () => document.querySelector("#chat-column input[type=file]");
  const inChat = (event) => event.target.closest?.("#chat-column") && event.dataTransfer?.types?.includes("Files");
  let arrival = null;

  function beginUpload() {
    const button = document.querySelector("#attach");
    const line = document.querySelector("#chat-attached");
    const before = line.textContent;
    button?.classList.add("uploading");
    arrival = new Promise((resolve) => {
      const done = () => {
        watcher.disconnect();
        button?.classList.remove("uploading");
        resolve();
      };
      // The line is drawn anew for other reasons, too: only a file that is listed now and was not before has arrived.
      const watcher = new MutationObserver(
        () => line.querySelector(".attached") && line.textContent !== before && done(),
      );
      watcher.observe(line, { childList: true, subtree: true, characterData: true });
      window.setTimeout(done, LONGEST_UPLOAD_MILLISECONDS);
    });
  }

  document.addEventListener("change", (event) => event.target === fileInput() && event.target.files?.length && beginUpload(), true);
  document.addEventListener("dragover", (event) => inChat(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    const input = fileInput();
    if (!inChat(event) || !input) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".edit-question");
    if (button) editQuestion(button);
  });

  window.studyPage.saveFile = saveFile;
  window.studyPage.uploaded = async () => arrival;
})();
