/* The welcome: three steps of a dialog over what Python found on this machine. */
(() => {
  "use strict";

  const { t } = window.studyPage;
  const STEPS = 3;
  let told = null;
  let dialog = null;
  let step = 1;
  let question = "";
  const chosen = {};

  const find = (selector, root = document) => root.querySelector(selector);

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.append(...children);
    return made;
  }

  function button(text, kind, act) {
    const made = element("button", { type: "button", class: kind }, text);
    made.addEventListener("click", act);
    return made;
  }

  function radios(name, legend, options) {
    const set = element("fieldset", { class: "welcome-choices" }, element("legend", {}, legend));
    for (const { value, label, note } of options) {
      const input = element("input", { type: "radio", name, value });
      input.checked = value === (chosen[name] ?? "");
      input.addEventListener("change", () => (chosen[name] = value));
      const words = element("span", {}, label);
      if (note) words.append(element("span", { class: "hint" }, `: ${note}`));
      set.append(element("label", {}, input, words));
    }
    return set;
  }

  /* The steps */

  const paragraphs = (texts) => texts.map((text) => element("p", {}, text));

  function models() {
    if (!told.models) return element("p", { class: "hint", role: "status" }, t("Looking for models on this machine …"));
    const found = element("div", {}, radios("model", t("Who answers"), told.models));
    for (const line of told.missing) found.append(element("p", { class: "hint" }, line));
    return found;
  }

  function questions() {
    const list = element("ul", { class: "welcome-questions" });
    for (const question of told.questions) {
      list.append(element("li", {}, button(question, "welcome-question", () => finish(question))));
    }
    return list;
  }

  /* The page's line below the chat says what a first question would wait for; the dialog covers it. */

  const arriving = () => element("p", { class: "hint welcome-arriving", role: "status" }, waitedFor());

  const waitedFor = () => find("#model-line .loading-line")?.textContent ?? "";

  function tellArriving() {
    const line = dialog && find(".welcome-arriving", dialog);
    if (line && line.textContent !== waitedFor()) line.textContent = waitedFor();
  }

  const CONTENT = {
    1: () => [t("A tutor that shows its sources"), ...paragraphs(told.about)],
    2: () => [t("Choose who answers, and how"), models(), radios("level", t("Explain to"), told.levels), ...paragraphs([told.language])],
    3: () => [t("Ask a first question"), ...paragraphs([told.first]), arriving(), questions()],
  };

  function draw() {
    const [title, ...body] = CONTENT[step]();
    const heading = element("h2", { id: "welcome-title", tabindex: "-1" }, title);
    const back = button(t("Back"), "plain-button", () => go(step - 1));
    const next = button(t("Next"), "main-button", () => go(step + 1));
    const skip = button(step === STEPS ? t("Close without a question") : t("Skip the welcome"), "plain-button", () => dialog.close());
    const row = element("div", { class: "dialog-buttons" }, skip, element("span", { class: "filler" }));
    if (step > 1) row.append(back);
    if (step < STEPS) row.append(next);
    const where = element("p", { class: "welcome-step" }, t("Step {step} of {all}", { step, all: STEPS }));
    dialog.replaceChildren(where, heading, ...body, row);
    return heading;
  }

  function go(to) {
    step = to;
    draw().focus();
  }

  /* Opening and leaving. However it is left, it does not come back by itself. */

  function open() {
    step = 1;
    question = "";
    dialog = element("dialog", { class: "study-dialog welcome-dialog", "aria-labelledby": "welcome-title" });
    const watching = window.setInterval(tellArriving, 500);
    dialog.addEventListener("close", () => {
      window.clearInterval(watching);
      dialog.remove();
      dialog = null;
      window.studyPage.act("welcome_done", { value: JSON.stringify({ ...chosen, ask: question }), answer: "" });
    });
    document.body.append(dialog);
    const heading = draw();
    dialog.showModal();
    heading.focus();
  }

  function finish(asked) {
    question = asked;
    dialog.close();
  }

  /* What Python tells comes twice: at once without models, then with those that are there. The question comes back when
     what was chosen is kept, so that the first answer goes by it. */
  function welcome(text) {
    if (!text) return;
    const news = JSON.parse(text);
    if (news.ask) {
      window.studyPage.showTab("Chat");
      window.studyPage.act("ask", { value: news.ask, answer: "" });
      return;
    }
    const before = told;
    told = news;
    if (!before || before.opening !== told.opening) {
      Object.assign(chosen, told.chosen);
      if (!dialog && !find("dialog[open]")) open();
    } else if (dialog && step === 2) {
      const within = dialog.contains(document.activeElement) ? document.activeElement : null;
      const heading = draw();
      if (within && !within.isConnected) heading.focus();
    }
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".open-welcome")) window.studyPage.act("open_welcome", { value: "", answer: "" });
    if (event.target.closest?.(".start-afresh")) window.location.assign(window.location.pathname);
  });

  window.studyPage.welcome = welcome;
})();
