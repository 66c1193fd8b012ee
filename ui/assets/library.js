/* The library tab: folders that are dropped, the list's order and filter, keys, the notes editor. */
(() => {
  "use strict";

  const { t } = window.studyPage;
  const find = (selector, root = document) => root.querySelector(selector);
  const MOST_FILES = 100;
  const MOST_BYTES = 400e6;
  const MOST_LEFT_OUT = 1000;

  /* Folders. Gradio takes files only: a folder is walked here, and its documents are handed on in batches. */

  function rules() {
    const note = find("#upload-note .upload-note");
    return { endings: new Set(note.dataset.endings.split(" ")), megabytes: Number(note.dataset.megabytes) };
  }

  async function filesOf(entry, place = "") {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      return [{ file, place: place + entry.name }];
    }
    const reader = entry.createReader();
    const entries = [];
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) break;
      entries.push(...some);
    }
    const found = [];
    for (const one of entries) found.push(...(await filesOf(one, `${place}${entry.name}/`)));
    return found;
  }

  function whyLeftOut(file, place, { endings, megabytes }) {
    if (place.split("/").some((part) => part.startsWith("."))) return t("hidden");
    const ending = /\.[^.]+$/.exec(file.name)?.[0].toLowerCase() ?? "";
    if (!endings.has(ending)) return ending ? t("files ending in {ending} are not read", { ending }) : t("no document");
    if (file.size > megabytes * 1e6) return t("larger than {megabytes} MB", { megabytes });
    if (!file.size) return t("empty");
    return "";
  }

  async function take(found) {
    const known = rules();
    const leftOut = [];
    const kept = [];
    for (const { file, place } of found.sort((one, other) => one.place.localeCompare(other.place))) {
      const reason = whyLeftOut(file, place, known);
      if (reason) leftOut.push([place, reason]);
      else kept.push(file);
    }
    if (!kept.length && !leftOut.length) leftOut.push([t("The folder"), t("it is empty")]);
    if (leftOut.length > MOST_LEFT_OUT) {
      const more = leftOut.length - MOST_LEFT_OUT;
      leftOut.splice(MOST_LEFT_OUT, more, [t("{count} more files", { count: more }), t("no documents either")]);
    }
    if (leftOut.length) window.studyPage.act("left_out", { value: JSON.stringify(leftOut), answer: "" });
    for (let start = 0; start < kept.length; ) {
      let bytes = 0;
      let end = start;
      while (end < kept.length && end - start < MOST_FILES && (end === start || bytes + kept[end].size < MOST_BYTES)) {
        bytes += kept[end].size;
        end += 1;
      }
      await give(kept.slice(start, end));
      start = end;
    }
  }

  /* Gradio's field is gone while it sends; the next batch waits until it is there again. */
  async function give(files) {
    let input = null;
    for (let tries = 0; tries < 3000 && !(input = find("#upload input[type=file]")); tries += 1) {
      await new Promise((resolve) => window.setTimeout(resolve, 200));
    }
    if (!input) return;
    const data = new DataTransfer();
    files.forEach((file) => data.items.add(file));
    input.files = data.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    await new Promise((resolve) => window.setTimeout(resolve, 400));
  }

  document.addEventListener(
    "drop",
    (event) => {
      if (!event.target.closest?.("#upload")) return;
      const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      if (!entries.some((entry) => entry.isDirectory)) return;
      event.preventDefault();
      event.stopPropagation();
      Promise.all(entries.map((entry) => filesOf(entry))).then((lists) => take(lists.flat()));
    },
    true,
  );

  function chooseFolder() {
    const input = document.createElement("input");
    input.type = "file";
    input.webkitdirectory = true;
    input.multiple = true;
    input.className = "folder-input";
    input.addEventListener("change", () => {
      take([...input.files].map((file) => ({ file, place: file.webkitRelativePath || file.name })));
      input.remove();
    });
    input.addEventListener("cancel", () => input.remove());
    document.body.append(input);
    input.click();
  }

  /* The list. The server draws it anew whenever something changed; order, filter and focus are put back here. */

  const shown = { column: "place", falling: false };
  const NUMBERS = new Set(["place", "pages", "passages"]);

  function compare(one, other) {
    const [first, second] = [one.dataset[shown.column] ?? "", other.dataset[shown.column] ?? ""];
    const order = NUMBERS.has(shown.column) ? Number(first) - Number(second) : first.localeCompare(second);
    return shown.falling ? -order : order;
  }

  function arrange() {
    const table = find("#documents table.documents");
    const count = find("#documents-shown");
    if (!table) {
      if (count) count.textContent = "";
      return;
    }
    const body = find("tbody", table);
    const rows = [...body.rows];
    const ordered = [...rows].sort(compare);
    if (ordered.some((row, index) => row !== rows[index])) body.append(...ordered);
    table.querySelectorAll("th[data-column]").forEach((head) => {
      if (head.dataset.column !== shown.column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", shown.falling ? "descending" : "ascending");
    });
    const words = (find("#documents-filter")?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const kind = find("#documents-kind")?.value ?? "";
    let visible = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = !kind || row.dataset.kind === kind || row.dataset.states.split(" ").includes(kind);
      row.hidden = !(fits && words.every((word) => text.includes(word)));
      visible += row.hidden ? 0 : 1;
    }
    if (count) {
      const said = words.length || kind ? t("{visible} of {all} shown", { visible, all: rows.length }) : "";
      if (count.textContent !== said) count.textContent = said;
    }
  }

  /* First click: the useful direction. Second: the other. Third: the order in which they were added. */
  function sortBy(column) {
    const useful = ["pages", "passages", "added"].includes(column);
    if (shown.column !== column) Object.assign(shown, { column, falling: useful });
    else if (shown.falling === useful) shown.falling = !useful;
    else Object.assign(shown, { column: "place", falling: false });
    arrange();
  }

  let focused = null;

  function watchList() {
    const list = find("#documents");
    if (!list || !window.studyPage) return void window.setTimeout(watchList, 100);
    list.addEventListener("focusin", (event) => {
      const button = event.target.closest("button");
      focused = button ? [button.name, button.value, button.dataset.column ?? ""] : null;
    });
    list.addEventListener("focusout", () => window.setTimeout(() => {
      if (list.isConnected && document.activeElement !== document.body) focused = list.contains(document.activeElement) ? focused : null;
    }));
    new MutationObserver((changes) => {
      if (changes.every((change) => change.target.closest?.("tbody"))) return;
      arrange();
      if (!focused || document.activeElement !== document.body) return;
      const [name, value, column] = focused;
      [...list.querySelectorAll("button")]
        .find((one) => one.name === name && one.value === value && (one.dataset.column ?? "") === column)
        ?.focus({ preventScroll: true });
    }).observe(list, { childList: true, subtree: true });
    arrange();
  }

  function moveInList(event) {
    const rows = [...document.querySelectorAll("#documents tbody tr:not([hidden])")];
    const row = event.target.closest("tr");
    const place = rows.indexOf(row);
    const target = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (place < 0 || target === undefined || !rows[target]) return false;
    const column = event.target.name === "open_document" ? 0 : [...row.querySelectorAll("button")].indexOf(event.target);
    const buttons = rows[target].querySelectorAll("button");
    (buttons[column] ?? buttons[0]).focus();
    return true;
  }

  /* The notes editor: opened by buttons elsewhere, saved by Ctrl+S. */

  function showEditor() {
    window.studyPage.showTab("Library");
    let tries = 0;
    const look = () => {
      const text = find("#note-text textarea");
      if (!text || !text.offsetParent) {
        tries += 1;
        if (tries < 60) window.setTimeout(look, 50);
        return;
      }
      find("#note-part").scrollIntoView({ block: "start", behavior: "smooth" });
      const title = find("#note-title input, #note-title textarea");
      (title && !title.value ? title : text).focus({ preventScroll: true });
    };
    window.setTimeout(look, 150);
  }

  function openArxiv() {
    const head = find("#arxiv-part button");
    if (!find("#fetch-roadmap")?.offsetParent) head?.click();
    window.setTimeout(() => find("#fetch-roadmap")?.focus(), 200);
    find("#arxiv-part").scrollIntoView({ block: "start", behavior: "smooth" });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    if (button.classList.contains("choose-folder")) chooseFolder();
    else if (button.classList.contains("sort-button")) sortBy(button.dataset.column);
    else if (button.classList.contains("open-arxiv")) openArxiv();
    else if (button.classList.contains("close-undo")) button.closest(".undo").remove();
    else if (["edit_note", "note_version"].includes(button.name)) showEditor();
  });

  let typing = 0;

  document.addEventListener("input", (event) => {
    if (["documents-filter", "documents-kind"].includes(event.target.id)) arrange();
    if (!event.target.closest?.("#note-title, #note-text")) return;
    window.clearTimeout(typing);
    typing = window.setTimeout(() => window.studyPage.act("note_typed", { value: "x", answer: "" }), 50);
  });

  document.addEventListener("keydown", (event) => {
    const saves = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
    if (!saves || !event.target.closest?.("#note-part")) return;
    event.preventDefault();
    find("#save-note")?.click();
  });

  function enterList() {
    const first = find("#documents tbody tr:not([hidden]) button");
    first?.focus();
    return Boolean(first);
  }

  const within = "#documents tbody";
  window.studyPage.bind(t("In the library"), [
    { keys: ["ArrowDown"], shown: ["↓"], does: t("From the filter into the list"), within: "#documents-filter", run: enterList },
    { keys: ["ArrowDown", "ArrowUp"], shown: ["↓", "↑"], does: t("Next or previous document"), within, run: moveInList },
    { keys: ["Home", "End"], shown: ["Home", "End"], does: t("First or last document"), within, run: moveInList },
    { keys: [], shown: ["Ctrl", "S"], does: t("Save the note"), run: () => false },
  ]);

  watchList();
})();
