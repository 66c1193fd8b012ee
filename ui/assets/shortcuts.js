/* Keyboard shortcuts. The rows given to `bind` are both what a key does and what the help sheet lists. */
(() => {
  "use strict";

  const { t, mark } = window.studyPage;
  const TABS = [mark("Chat"), mark("Roadmap"), mark("Quiz"), mark("Review"), mark("Progress"), mark("Library"), mark("Evals"), mark("Settings")];
  const OFF = "study-keys-off";
  const groups = new Map();

  const find = (selector, root = document) => root.querySelector(selector);
  const isSeen = (element) => Boolean(element?.offsetParent);
  const isOff = () => window.localStorage.getItem(OFF) === "yes";

  /* A row: `keys` as `event.key` has them, `shown` as the sheet writes them, `does`, and `run`, which says by `false` that
     the key was not for it. With `within` it counts where the focus is inside of that element, and there alone. */
  function bind(group, rows) {
    groups.set(group, [...(groups.get(group) ?? []), ...rows]);
  }

  const isTyping = (target) =>
    target.isContentEditable || Boolean(target.matches?.('textarea, select, input:not([type="radio"]):not([type="checkbox"])'));

  function fits(row, event) {
    if (!row.keys.includes(event.key.length === 1 ? event.key.toLowerCase() : event.key)) return false;
    if (row.within) return Boolean(event.target.closest?.(row.within));
    return !isTyping(event.target) && !(isOff() && event.key.length === 1);
  }

  document.addEventListener("keydown", (event) => {
    const withAnother = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
    if (withAnother || event.isComposing || event.defaultPrevented || find("dialog[open]")) return;
    for (const rows of groups.values()) {
      for (const row of rows) {
        if (!fits(row, event) || (event.repeat && !row.within) || row.run(event) === false) continue;
        event.preventDefault();
        return;
      }
    }
  });

  /* The sheet */

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.append(...children);
    return made;
  }

  function groupTable(name, rows) {
    const table = element("table", {}, element("caption", {}, name));
    for (const row of rows) {
      const keys = row.shown.map((key) => element("kbd", {}, key));
      const cell = element("th", { scope: "row" });
      keys.forEach((key, place) => cell.append(...(place ? [" ", key] : [key])));
      table.append(element("tr", {}, cell, element("td", {}, row.does)));
    }
    return table;
  }

  function openSheet() {
    if (find("dialog[open]")) return false;
    const close = element("button", { type: "button", class: "main-button" }, t("Close"));
    const single = element("input", { type: "checkbox" });
    single.checked = !isOff();
    single.addEventListener("change", () => {
      if (single.checked) window.localStorage.removeItem(OFF);
      else window.localStorage.setItem(OFF, "yes");
    });
    const tables = element("div", { class: "shortcut-tables" });
    groups.forEach((rows, name) => tables.append(groupTable(name, rows)));
    const dialog = element(
      "dialog",
      { class: "study-dialog shortcut-sheet", "aria-labelledby": "shortcut-title" },
      element("h2", { id: "shortcut-title" }, t("Keyboard shortcuts")),
      element("p", { class: "hint" }, t("No single key does anything while you type in a box.")),
      tables,
      element("label", { class: "shortcut-switch" }, single, ` ${t("Single keys are shortcuts (in this browser)")}`),
      element("div", { class: "dialog-buttons" }, close),
    );
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    close.focus();
    dialog.scrollTop = 0; // on a phone the button stands below the fold
    return true;
  }

  /* What the keys do */

  function focusIn(selector, tab = "Chat", tries = 40) {
    const field = find(selector);
    if (isSeen(field)) return void field.focus();
    window.studyPage.showTab(tab);
    if (tries) window.setTimeout(() => focusIn(selector, tab, tries - 1), 50);
  }

  function begin() {
    window.studyPage.showTab("Chat");
    find("#new-conversation")?.click();
    focusIn("#question textarea");
  }

  function turnTab(step) {
    const named = [...document.querySelectorAll('#tabs button[role="tab"]')].find((tab) => tab.ariaSelected === "true");
    const place = TABS.findIndex((name) => t(name) === named?.textContent.trim());
    const name = TABS[(place + step + TABS.length) % TABS.length];
    window.studyPage.showTab(name);
    const chosen = () => [...document.querySelectorAll('#tabs button[role="tab"]')].find((tab) => tab.ariaSelected === "true");
    window.requestAnimationFrame(() => chosen()?.focus({ preventScroll: true }));
  }

  function stop() {
    const button = find("#stop");
    if (!isSeen(button) || document.body.classList.contains("source-open")) return false;
    button.click();
    return true;
  }

  bind(t("Anywhere"), [
    { keys: ["?"], shown: ["?"], does: t("Show this sheet"), run: openSheet },
    { keys: ["/"], shown: ["/"], does: t("Go to the question box"), run: () => focusIn("#question textarea") },
    { keys: ["n"], shown: ["N"], does: t("New conversation"), run: begin },
    { keys: ["f"], shown: ["F"], does: t("Search in conversations"), run: () => focusIn("#conversation-search :is(input, textarea)") },
    { keys: ["]"], shown: ["]"], does: t("Next tab"), run: () => turnTab(1) },
    { keys: ["["], shown: ["["], does: t("Previous tab"), run: () => turnTab(-1) },
    { keys: ["Escape"], shown: ["Esc"], does: t("Close the source; else stop the answer"), run: stop },
  ]);
  bind(t("In the question box"), [
    { keys: ["Enter"], shown: ["Enter"], does: t("Ask"), within: "#question", run: () => false },
    { keys: [], shown: ["Shift", "Enter"], does: t("Begin a new line"), run: () => false },
    { keys: ["Escape"], shown: ["Esc"], does: t("Leave the box, so that single keys count"), within: "#question", run: (event) => event.target.blur() },
  ]);

  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".open-shortcuts")) openSheet();
  });

  Object.assign(window.studyPage, { bind, shortcuts: groups, TABS });
})();
