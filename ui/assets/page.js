/* The page's own behaviour: clicks for Python, dialogs, the source panel, copying, the address. */
(() => {
  "use strict";

  let send = null;
  let waiting = [];
  let opener = null;

  const find = (selector, root = document) => root.querySelector(selector);

  /* Texts in the page's language. Python finds them by calls of `t` and, where it is called later, of `mark`. */
  const texts = window.studyTexts ?? {};
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  const t = (text, values = {}) => fill(texts[text] ?? text, values);
  const mark = (text) => text;

  const isPhone = () => window.matchMedia("(max-width: 860px)").matches;

  function connect(trigger, actions) {
    send = (action, payload) => {
      if (actions.includes(action)) trigger(action, payload);
    };
    waiting.forEach(([action, payload]) => send(action, payload));
    waiting = [];
  }

  function act(action, payload) {
    if (send) send(action, payload);
    else waiting.push([action, payload]);
  }

  /* Dialogs: a confirmation, one line of text, or code to change. */

  function codeField(code) {
    const area = document.createElement("textarea");
    area.value = code;
    area.rows = Math.min(24, Math.max(4, code.split("\n").length + 1));
    area.spellcheck = false;
    area.autocapitalize = "off";
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        area.form.requestSubmit(find(".main-button", area.form));
      }
    });
    return area;
  }

  function ask({ text, verb, answer, code, kind }) {
    const dialog = document.createElement("dialog");
    dialog.className = "study-dialog";
    const form = document.createElement("form");
    form.method = "dialog";
    const label = document.createElement(answer === undefined && code === undefined ? "p" : "label");
    label.textContent = text;
    dialog.setAttribute("aria-label", text);
    form.append(label);
    let input = null;
    if (answer !== undefined) {
      input = document.createElement("input");
      input.type = "text";
      input.maxLength = 200;
      input.value = answer;
      label.append(input);
    } else if (code !== undefined) {
      dialog.classList.add(kind ?? "code-dialog");
      input = codeField(code);
      label.append(input);
    }
    const row = document.createElement("div");
    row.className = "dialog-buttons";
    for (const [value, shown] of [["no", t("Cancel")], ["yes", verb]]) {
      const button = document.createElement("button");
      button.value = value;
      button.textContent = shown;
      button.className = value === "yes" ? "main-button" : "plain-button";
      if (value === "no") {
        button.type = "button";
        button.addEventListener("click", () => dialog.close("no"));
      }
      row.append(button);
    }
    form.append(row);
    dialog.append(form);
    document.body.append(dialog);
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        dialog.remove();
        resolve(dialog.returnValue === "yes" ? (input ? input.value : "") : null);
      });
      dialog.showModal();
      if (code !== undefined) {
        input.focus();
        if (!kind) input.setSelectionRange(0, 0); // a program is read from its first line
        if (!kind) input.scrollTop = 0;
      }
      else if (input) input.select();
    });
  }

  async function pressed(button) {
    const { name, value } = button;
    const data = button.dataset;
    let answer = "";
    if (data.confirm || data.ask) {
      answer = await ask({
        text: data.confirm || data.ask,
        verb: data.verb || t("Save"),
        answer: data.ask ? data.answer || "" : undefined,
      });
      if (answer === null) return;
    }
    if (["open_source", "open_document", "open_quote", "open_receipt"].includes(name)) beginSource(button);
    if (name === "ask") showTab("Chat");
    act(name, { value, answer });
  }

  async function editCode(button) {
    const shown = find("pre code.language-python", button.closest(".prose, .md"));
    const code = await ask({ text: t("Change the code (Ctrl+Enter runs it)"), verb: t("Run"), code: codeText(shown) });
    if (code !== null && code.trim()) act(button.name, { value: button.value, answer: code });
  }

  /* The code as it was written: highlighting wraps it in elements, and its copy button is not part of it. */
  function codeText(shown) {
    if (!shown) return "";
    const copy = shown.cloneNode(true);
    copy.querySelectorAll("button").forEach((button) => button.remove());
    return copy.textContent.replace(/\n$/, "");
  }

  /* By the tab's English name. Tabs that do not fit are in Gradio's menu of more tabs. */
  function showTab(name) {
    const named = (selector) => [...document.querySelectorAll(selector)].find((tab) => tab.textContent.trim() === t(name));
    const tab = named('#tabs button[role="tab"]') ?? named("#tabs .overflow-dropdown button");
    if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
  }

  /* The program's name and the account stand beside the tabs, which leave them as much room as their words need; the
     style knows how much that is in English. */
  function measureHead() {
    if (!window.studyTexts) return;
    if (!find("#tabs")) return void window.setTimeout(measureHead, 100);
    for (const [name, selector] of [["--title-width", ".page-title"], ["--account-width", ".account"]]) {
      const width = find(selector)?.scrollWidth ?? 0;
      document.documentElement.style.setProperty(name, `${width}px`);
    }
    window.dispatchEvent(new Event("resize")); // or Gradio goes on to count with the room that the tabs had
  }

  /* The source panel. */

  function beginSource(button) {
    if (!button.closest("#source-column")) opener = button;
    document.body.classList.add("source-open", "source-loading");
    window.setTimeout(() => document.body.classList.remove("source-loading"), 20000);
  }

  function closeSource() {
    document.body.classList.remove("source-open", "source-loading");
    if (opener && opener.isConnected) {
      opener.focus({ preventScroll: true });
      if (isPhone()) opener.scrollIntoView({ block: "center" });
    }
    opener = null;
  }

  function sourceShown() {
    document.body.classList.remove("source-loading");
    const view = find("#source-panel .source-view");
    if (!view) return;
    const column = find("#source-column");
    if (isPhone()) column.scrollIntoView({ block: "start", behavior: "smooth" });
    else column.scrollTop = 0;
    const picture = find(".page-picture", view);
    const place = () => showMark(view);
    if (picture && !picture.complete) picture.addEventListener("load", place, { once: true });
    else place();
    if (!view.contains(document.activeElement)) find("h2", view)?.focus({ preventScroll: true });
  }

  function showMark(view) {
    const frame = find(".page-frame", view);
    if (!frame) return;
    const mark = find("mark", frame);
    if (mark) {
      frame.scrollTop += mark.getBoundingClientRect().top - frame.getBoundingClientRect().top - 60;
      return;
    }
    const picture = find(".page-picture", frame);
    if (picture) frame.scrollTop = Number(frame.dataset.markTop) * picture.clientHeight - 60;
  }

  function zoom(button) {
    const frame = find("#source-panel .page-frame");
    const larger = frame.classList.toggle("zoomed");
    button.setAttribute("aria-pressed", String(larger));
    button.textContent = larger ? t("Fit width") : t("Zoom");
    showMark(find("#source-panel"));
    frame.scrollLeft = larger ? 0.12 * (find(".page-picture", frame)?.clientWidth ?? 0) : 0; // beyond the page's margin
  }

  function watchSource() {
    const panel = find("#source-panel");
    if (!panel) return void window.setTimeout(watchSource, 100);
    let opening = null;
    new MutationObserver(() => {
      const now = find(".source-view", panel)?.dataset.opening ?? null;
      if (now === opening) return;
      opening = now;
      window.requestAnimationFrame(sourceShown);
    }).observe(panel, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-opening"] });
  }

  /* A new question goes to the top of the chat and stays there while its answer grows, so that the answer is read
     from its start; the reader's own scrolling ends it. */

  function watchChat() {
    const chat = find("#chat");
    if (!chat) return void window.setTimeout(watchChat, 100);
    let count = 0;
    let following = false;
    const release = () => (following = false);
    ["wheel", "touchmove", "keydown", "mousedown"].forEach((kind) => chat.addEventListener(kind, release, { passive: true }));
    const follow = () => {
      const questions = chat.querySelectorAll(".user-row");
      if (questions.length > count) following = true;
      count = questions.length;
      const list = find(".bubble-wrap", chat);
      if (!following || !list || !count) return;
      list.scrollTop += questions[count - 1].getBoundingClientRect().top - list.getBoundingClientRect().top - 8;
    };
    new MutationObserver(() => window.requestAnimationFrame(follow)).observe(chat, { childList: true, subtree: true });
  }

  /* Copying an answer: its text with numbers and formulas, without marks and receipts. */

  function answerText(message) {
    const copy = message.cloneNode(true);
    copy.querySelectorAll(".support, .sources, .receipt, .answer-foot, .for-reader, .copy_code_button").forEach((e) => e.remove());
    copy.querySelectorAll(".katex").forEach((formula) => {
      const source = find("annotation", formula)?.textContent ?? formula.textContent;
      const display = formula.parentElement.classList.contains("katex-display");
      formula.replaceWith(display ? `$$${source}$$` : `$${source}$`);
    });
    copy.style.cssText = "position:fixed;left:-9999px;width:60em";
    document.body.append(copy);
    const text = copy.innerText.trim();
    copy.remove();
    return text;
  }

  async function copyAnswer(button) {
    const message = button.closest(".md, .prose");
    try {
      await navigator.clipboard.writeText(answerText(message));
      button.textContent = t("Copied");
    } catch {
      button.textContent = t("Not allowed");
    }
    window.setTimeout(() => (button.textContent = t("Copy")), 1500);
  }

  /* The address names the open conversation, so that a reload or a bookmark finds it again. */

  function rememberConversation(id) {
    const address = new URL(window.location.href);
    if (id) address.searchParams.set("conversation", id);
    else address.searchParams.delete("conversation");
    window.history.replaceState(window.history.state, "", address);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    if (button.classList.contains("study-action")) pressed(button);
    else if (button.classList.contains("edit-code")) editCode(button);
    else if (button.classList.contains("close-source")) closeSource();
    else if (button.classList.contains("zoom-page")) zoom(button);
    else if (button.classList.contains("copy-answer")) copyAnswer(button);
  });

  document.addEventListener("keydown", (event) => {
    const inDialog = event.target.closest?.("dialog");
    if (event.key !== "Escape" || inDialog || !document.body.classList.contains("source-open")) return;
    closeSource();
    event.preventDefault(); // or it would stop an answer, too
  });

  window.studyPage = { connect, rememberConversation, act, showTab, ask, t, mark };
  measureHead();
  watchSource();
  watchChat();
})();
