/* Quizzes and reviews: reading the answer out of its form, keys, the clock of an exam, and telling what has changed. */
(() => {
  "use strict";

  const { t, mark } = window.studyPage;
  const PLACES = { quiz: "#quiz-place", review: "#review-place" };
  const SENT_MILLISECONDS = 15000;
  const TABS = { quiz: mark("Quiz"), review: mark("Review") };
  const opened = new Map();
  const ended = new Set();

  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isSeen = (element) => Boolean(element?.offsetParent);
  const seenView = () => all(".quiz-view").find(isSeen);

  /* What has changed is told to screen readers by one region that is always there. */
  function tell(words) {
    let region = find("#quiz-live");
    if (!region) {
      region = document.createElement("div");
      region.id = "quiz-live";
      region.className = "for-reader";
      region.setAttribute("aria-live", "polite");
      document.body.append(region);
    }
    region.textContent = "";
    window.setTimeout(() => (region.textContent = words), 50);
  }

  /* Answers */

  function givenIn(form) {
    const steps = all(".quiz-step", form);
    if (steps.length) return steps.map((step) => step.dataset.step);
    const text = find(".quiz-text", form);
    if (text) return text.value.trim() ? [text.value] : [];
    return all('input[name="given"]:checked', form).map((input) => input.value);
  }

  function send(form, given) {
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    window.setTimeout(() => delete form.dataset.sent, SENT_MILLISECONDS);
    const hint = find(".quiz-hint", form);
    const answer = {
      value: form.dataset.value,
      given,
      confidence: find('input[name="confidence"]:checked', form)?.value ?? null,
      hint: Boolean(hint?.dataset.seen),
      seconds: (Date.now() - (opened.get(form.closest(".quiz-view").dataset.shown) ?? Date.now())) / 1000,
    };
    window.studyPage.act("quiz_answer", { value: JSON.stringify(answer), answer: "" });
  }

  function submit(form) {
    const given = givenIn(form);
    const missing = find(".quiz-missing", form);
    missing.hidden = given.length > 0;
    missing.textContent = given.length ? "" : t("Give an answer first, or press “I do not know”.");
    if (given.length) send(form, given);
  }

  function move(button) {
    const step = button.closest(".quiz-step");
    const list = step.parentElement;
    const other = button.dataset.quizMove === "up" ? step.previousElementSibling : step.nextElementSibling;
    if (other) list.insertBefore(...(button.dataset.quizMove === "up" ? [step, other] : [other, step]));
    button.focus({ preventScroll: true });
    const place = [...list.children].indexOf(step) + 1;
    tell(t("{text}: step {place} of {all}.", { text: find(".step-text", step).textContent, place, all: list.children.length }));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.(".quiz-form");
    if (!form) return;
    event.preventDefault();
    submit(form);
  });

  document.addEventListener("toggle", (event) => {
    if (event.target.classList?.contains("quiz-hint") && event.target.open) event.target.dataset.seen = "yes";
  }, true);

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    if (button.dataset.quizMove) move(button);
    else if (button.dataset.quizSkip) send(button.closest("form"), []);
    else if (button.dataset.showTab) window.studyPage.showTab(button.dataset.showTab);
    else if (button.dataset.explains) window.studyPage.act("quiz_explained", { value: button.dataset.explains, answer: "" });
  });

  /* Keys: 1 to 9 choose or rate, L, M and H say how sure, Enter answers and goes on. */

  function choose(view, number) {
    const rating = find(`[data-key="${number}"]`, view);
    if (rating) return rating.click(), true;
    const input = all('.quiz-options input[name="given"]', view)[number - 1];
    if (!input) return false;
    input.focus({ preventScroll: true });
    input.click();
    return true;
  }

  function sure(view, key) {
    const name = { l: "low", m: "medium", h: "high" }[key];
    const input = name && find(`input[name="confidence"][value="${name}"]`, view);
    if (!input) return false;
    input.checked = true;
    tell({ low: t("How sure: low."), medium: t("How sure: medium."), high: t("How sure: high.") }[name]);
    return true;
  }

  function enter(view, target) {
    if (target.closest("button, a, summary")) return false;
    const form = find(".quiz-form", view);
    if (form) return submit(form), true;
    const main = find("[data-main]", view);
    return main ? (main.click(), true) : false;
  }

  /* A key of the quiz that is seen: nowhere else on the page, and not where another part has the focus. */
  function inQuiz(act) {
    return ({ target, key, shiftKey }) => {
      const view = seenView();
      if (!view || target.closest?.("#source-column")) return false;
      if (target !== document.body && !target.closest?.("#quiz-tab, #review-tab")) return false;
      return act({ view, target, key, shiftKey });
    };
  }

  const submitted = inQuiz(({ view, target, shiftKey }) => !shiftKey && enter(view, target));
  window.studyPage.bind(t("In a quiz or review"), [
    { keys: [..."123456789"], shown: ["1", "…", "9"], does: t("Choose an answer, or rate it"), run: inQuiz(({ view, key }) => choose(view, Number(key))) },
    { keys: [..."lmh"], shown: ["L", "M", "H"], does: t("How sure: low, medium, high"), run: inQuiz(({ view, key }) => sure(view, key.toLowerCase())) },
    { keys: ["Enter"], shown: ["Enter"], does: t("Answer, then go on"), run: submitted },
    { keys: ["Enter"], shown: ["Shift", "Enter"], does: t("A new line in a long answer"), within: ".quiz-text", run: submitted },
  ]);

  /* The clock of an exam; the server ends it by its own, too. */

  function tick() {
    for (const view of all(".quiz-view[data-seconds-left]")) {
      const since = opened.get(view.dataset.shown);
      if (since === undefined) continue;
      const left = Math.max(0, Math.ceil(Number(view.dataset.secondsLeft) - (Date.now() - since) / 1000));
      const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      const words = ` · ${t("{time} left", { time })}`;
      const clock = find(".time-left", view);
      if (clock.textContent !== words) clock.textContent = words;
      if (left === 60 && !view.dataset.told) {
        view.dataset.told = "yes";
        tell(t("One minute left."));
      }
      if (left > 0 || ended.has(view.dataset.quiz)) continue;
      ended.add(view.dataset.quiz);
      window.studyPage.act("quiz_end", { value: view.dataset.quiz, answer: "" });
    }
  }

  /* What Python has put in: told, brought into view, and named in the address so that a reload finds it. */

  function shown(kind, view) {
    if (!opened.has(view.dataset.shown)) opened.set(view.dataset.shown, Date.now());
    tick();
    if (!isSeen(view)) return;
    tell(view.dataset.says);
    const text = find(".quiz-form .quiz-text", view);
    const first = find(".quiz-verdict, .quiz-form .quiz-prompt", view);
    const outside = !document.activeElement || document.activeElement === document.body
      || document.activeElement.closest("#quiz-tab, #review-tab");
    if (outside) (view.dataset.step === "question" && text ? text : first)?.focus({ preventScroll: true });
    if (view.getBoundingClientRect().top < 0 || view.dataset.step === "report") view.scrollIntoView({ block: "start" });
    if (view.dataset.step === "feedback") find(".quiz-verdict", view)?.scrollIntoView({ block: "nearest" });
  }

  function remember(kind, view) {
    const address = new URL(window.location.href);
    const running = view?.dataset.quiz && view.dataset.step !== "report";
    if (running) address.searchParams.set(kind, view.dataset.quiz);
    else if (address.searchParams.has(kind)) address.searchParams.delete(kind);
    else return;
    window.history.replaceState(window.history.state, "", address);
  }

  const last = {};

  function watch() {
    for (const [kind, selector] of Object.entries(PLACES)) {
      const place = find(selector);
      if (!place) continue;
      const view = find(".quiz-view", place);
      const now = view?.dataset.shown ?? "";
      if (now === last[kind] || (!now && last[kind] === undefined)) continue;
      const before = last[kind];
      last[kind] = now;
      if (view) shown(kind, view);
      if (view || before) remember(kind, view);
      if (kind === "review" && before && !view) window.studyPage.act("refresh_review", { value: "", answer: "" });
    }
    const link = find("a[data-download]");
    if (!link) return;
    delete link.dataset.download;
    link.click();
  }

  new MutationObserver(watch).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-shown", "data-download"],
  });
  window.setInterval(tick, 500);

  function openAddressed(tries = 100) {
    const kind = Object.keys(TABS).find((name) => new URL(window.location.href).searchParams.has(name));
    if (!kind) return;
    const tab = all("#tabs .tab-wrapper button").some((button) => button.textContent.trim() === t(TABS[kind]));
    if (tab) window.studyPage.showTab(TABS[kind]);
    else if (tries) window.setTimeout(() => openAddressed(tries - 1), 100);
  }

  openAddressed();
})();
