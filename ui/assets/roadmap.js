/* The roadmap tab: what is unfolded, reading in place with a way back, and the pictures that zoom. */
(() => {
  "use strict";

  const { t } = window.studyPage;
  const SMALLEST = 0.15;
  const LARGEST = 3;
  const kept = new Map();
  let view = "path";
  let opener = null;
  let scrolled = 0;

  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const reading = () => document.body.classList.contains("roadmap-reading");
  const addressed = () => new URL(window.location.href).searchParams.get("read") ?? "";

  function address(value) {
    const there = new URL(window.location.href);
    if (value) there.searchParams.set("read", value);
    else there.searchParams.delete("read");
    return there;
  }

  /* Opening and going back. Each opening is a step of the browser's history, so its own Back works as well. */

  /* How to find an element again after the tab was rendered anew. */
  function handle(element) {
    if (!element || element === document.body) return null;
    if (element.id) return `#${CSS.escape(element.id)}`;
    const around = element.closest("[id]");
    const inside = around ? `#${CSS.escape(around.id)} ` : "";
    if (element.name) return `${inside}[name="${CSS.escape(element.name)}"][value="${CSS.escape(element.value)}"]`;
    if (element.dataset.node) return `[data-node="${CSS.escape(element.dataset.node)}"][data-opens="${CSS.escape(element.dataset.opens)}"]`;
    if (element.tagName === "SUMMARY") return `${inside}summary`;
    return null;
  }

  function openMaterial(value, button) {
    if (value.startsWith("topic:")) return void showTopic(value.slice(6));
    if (!reading()) {
      opener = handle(button);
      scrolled = window.scrollY;
    }
    document.body.classList.add("roadmap-waiting");
    if (addressed() !== value) window.history.pushState({ ...window.history.state, read: value }, "", address(value));
    window.studyPage.act("open_material", { value, answer: "" });
  }

  function readingShown() {
    document.body.classList.remove("roadmap-waiting");
    const article = find("#roadmap-reader .reading");
    if (!article || article.dataset.read !== addressed()) return;
    document.body.classList.add("roadmap-reading");
    window.studyPage.showTab("Roadmap");
    window.scrollTo(0, 0);
    find(".reading-title", article).focus({ preventScroll: true });
  }

  function closeReading() {
    if (window.history.state?.read) return void window.history.back();
    window.history.replaceState(window.history.state, "", address(""));
    leaveReading();
  }

  function leaveReading() {
    document.body.classList.remove("roadmap-reading", "roadmap-waiting");
    window.scrollTo(0, scrolled);
    if (opener) find(opener)?.focus({ preventScroll: true });
    opener = null;
    refresh();
  }

  /* The record may have grown meanwhile: by a check in a terminal, by a question in the chat. */
  function refresh() {
    const root = find("#roadmap-overview .roadmap");
    if (!root?.closest(".tabitem")?.offsetParent || find(".undo", root)) return;
    window.studyPage.act("refresh_roadmap", { value: root.dataset.rendering, answer: "" });
  }

  window.addEventListener("focus", refresh);

  window.addEventListener("popstate", () => {
    const value = addressed();
    if (value && !value.startsWith("topic:")) window.studyPage.act("open_material", { value, answer: "" });
    else if (reading()) leaveReading();
  });

  function showTopic(id) {
    if (reading() || addressed()) {
      window.history.replaceState({ ...window.history.state, read: null }, "", address(""));
      document.body.classList.remove("roadmap-reading");
    }
    show("path");
    const topic = document.getElementById(`topic-${id}`);
    if (!topic) return;
    for (const fold of [topic.closest(".part"), topic]) fold.open = true;
    const summary = find("summary", topic);
    summary.focus({ preventScroll: true });
    summary.scrollIntoView({ block: "start" });
  }

  /* Views, and what is unfolded: both outlast a tick, which renders the tab anew. */

  function show(name) {
    view = name;
    const root = find("#roadmap-overview .roadmap");
    if (!root) return;
    root.dataset.view = name;
    for (const button of all("[data-roadmap-view]", root)) {
      button.setAttribute("aria-pressed", String(button.dataset.roadmapView === name));
    }
    all(".graph-frame", root).forEach(prepare);
  }

  function rendered(focused) {
    const root = find("#roadmap-overview .roadmap");
    if (!root) return;
    for (const fold of all("details[data-keep]", root)) {
      if (kept.has(fold.dataset.keep)) fold.open = kept.get(fold.dataset.keep);
    }
    show(view);
    if (focused) find(focused)?.focus({ preventScroll: true });
    const wanted = addressed();
    if (wanted.startsWith("topic:")) showTopic(wanted.slice(6));
  }

  document.addEventListener("toggle", (event) => {
    const name = event.target.dataset?.keep;
    if (name) kept.set(name, event.target.open);
  }, true);

  /* Pictures: the part of the picture that is seen is the svg's viewBox. */

  const looks = new Map();

  function prepare(frame) {
    const svg = find("svg", frame);
    if (!frame.clientWidth) return;
    const name = frame.closest(".roadmap-view").className;
    if (!looks.has(name)) looks.set(name, start(frame, svg));
    if (frame.dataset.ready) return void draw(frame);
    frame.dataset.ready = "yes";
    watchPointers(frame);
    frame.addEventListener("wheel", (event) => {
      event.preventDefault();
      zoom(frame, Math.exp(-event.deltaY * 0.0015), event.clientX, event.clientY);
    }, { passive: false });
    frame.addEventListener("focusin", (event) => {
      const node = event.target.closest(".graph-node");
      if (node?.matches(":focus-visible")) bring(frame, node);
      mark(frame, node);
    });
    frame.addEventListener("pointerover", (event) => mark(frame, event.target.closest(".graph-node")));
    frame.addEventListener("pointerleave", () => mark(frame, null));
    new ResizeObserver(() => draw(frame)).observe(frame);
    draw(frame);
  }

  const look = (frame) => looks.get(frame.closest(".roadmap-view").className);
  const size = (svg) => ({ width: Number(svg.dataset.width), height: Number(svg.dataset.height) });

  /* At first the width fits, as long as the text can be read, and what comes next is in view. */
  function start(frame, svg) {
    const whole = size(svg);
    const scale = Math.min(1, Math.max(frame.clientWidth / whole.width, 0.6));
    const at = { x: (whole.width - frame.clientWidth / scale) / 2, y: 0, scale };
    const node = find(".state-next rect", svg) ?? find(".graph-node rect", svg);
    if (node) {
      at.y = Math.max(0, node.y.baseVal.value - frame.clientHeight / scale / 3);
      if (at.x > 0) at.x = node.x.baseVal.value + node.width.baseVal.value / 2 - frame.clientWidth / scale / 2;
    }
    return at;
  }

  function draw(frame) {
    const svg = find("svg", frame);
    const at = look(frame);
    if (!at || !frame.clientWidth) return;
    const [width, height] = [frame.clientWidth / at.scale, frame.clientHeight / at.scale];
    const whole = size(svg);
    at.x = Math.min(Math.max(at.x, -width / 2), whole.width - width / 2);
    at.y = Math.min(Math.max(at.y, -height / 2), whole.height - height / 2);
    svg.setAttribute("viewBox", `${at.x} ${at.y} ${width} ${height}`);
    frame.dataset.scale = at.scale.toFixed(3);
  }

  function zoom(frame, factor, clientX, clientY) {
    const at = look(frame);
    const box = frame.getBoundingClientRect();
    const [x, y] = clientX === undefined ? [box.width / 2, box.height / 2] : [clientX - box.left, clientY - box.top];
    const scale = Math.min(LARGEST, Math.max(SMALLEST, at.scale * factor));
    at.x += x / at.scale - x / scale;
    at.y += y / at.scale - y / scale;
    at.scale = scale;
    draw(frame);
  }

  function pan(frame, x, y) {
    const at = look(frame);
    at.x -= x / at.scale;
    at.y -= y / at.scale;
    draw(frame);
  }

  function showWhole(frame) {
    const whole = size(find("svg", frame));
    const at = look(frame);
    at.scale = Math.min(1, frame.clientWidth / whole.width, frame.clientHeight / whole.height);
    at.x = (whole.width - frame.clientWidth / at.scale) / 2;
    at.y = (whole.height - frame.clientHeight / at.scale) / 2;
    draw(frame);
  }

  function bring(frame, node) {
    const at = look(frame);
    const box = find("rect", node);
    const [width, height] = [frame.clientWidth / at.scale, frame.clientHeight / at.scale];
    const [x, y] = [box.x.baseVal.value, box.y.baseVal.value];
    if (x < at.x || x + box.width.baseVal.value > at.x + width) at.x = x + box.width.baseVal.value / 2 - width / 2;
    if (y < at.y || y + box.height.baseVal.value > at.y + height) at.y = y + box.height.baseVal.value / 2 - height / 2;
    frame.scrollTo(0, 0);
    draw(frame);
  }

  function mark(frame, node) {
    const id = node?.dataset.node;
    for (const edge of all(".graph-edge", frame)) {
      edge.classList.toggle("marked", Boolean(id) && (edge.dataset.from === id || edge.dataset.to === id));
    }
  }

  const STEPS = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  const inFrame = (act) => (event) => act(event.target.closest(".graph-frame"), event.key);
  window.studyPage.bind(t("In a graph of the roadmap"), [
    { keys: Object.keys(STEPS), shown: ["←", "→", "↑", "↓"], does: t("Move the picture"), within: ".graph-frame", run: inFrame((frame, key) => pan(frame, ...STEPS[key])) },
    { keys: ["+", "="], shown: ["+"], does: t("Nearer"), within: ".graph-frame", run: inFrame((frame) => zoom(frame, 1.25)) },
    { keys: ["-"], shown: ["-"], does: t("Farther"), within: ".graph-frame", run: inFrame((frame) => zoom(frame, 0.8)) },
    { keys: ["0"], shown: ["0"], does: t("The whole picture"), within: ".graph-frame", run: inFrame((frame) => showWhole(frame)) },
  ]);

  function watchPointers(frame) {
    const pointers = new Map();
    let moved = 0;
    const gap = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    frame.addEventListener("pointerdown", (event) => {
      if (pointers.size === 0) moved = 0;
      pointers.set(event.pointerId, event);
    });
    window.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const together = [...pointers.values()];
      pointers.set(event.pointerId, event);
      moved += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
      if (together.length === 2) {
        const now = [...pointers.values()];
        zoom(frame, gap(now) / Math.max(1, gap(together)), (now[0].clientX + now[1].clientX) / 2,
          (now[0].clientY + now[1].clientY) / 2);
      } else if (moved > 4) pan(frame, event.clientX - before.clientX, event.clientY - before.clientY);
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      window.addEventListener(kind, (event) => pointers.delete(event.pointerId));
    }
    frame.addEventListener("dragstart", (event) => event.preventDefault());
    frame.addEventListener("click", (event) => {
      if (moved <= 4) return;
      event.preventDefault();
      event.stopPropagation();
    }, true);
  }

  const TOOLS = {
    in: (frame) => zoom(frame, 1.25),
    out: (frame) => zoom(frame, 0.8),
    reset: showWhole,
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-opens]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openMaterial(link.dataset.opens, link);
      return;
    }
    const button = event.target.closest?.("button");
    if (!button) return;
    if (button.dataset.roadmapView) show(button.dataset.roadmapView);
    else if (button.dataset.zoom) TOOLS[button.dataset.zoom](find(".graph-frame", button.closest(".roadmap-view")));
    else if (button.classList.contains("close-reading")) closeReading();
    else if (button.name === "ask" && reading()) scrolled = 0;
  });

  /* Before page.js hands the click on: a button that opens something also takes a step in the history. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.('button[name="open_material"]');
    if (!button) return;
    event.stopPropagation();
    openMaterial(button.value, button);
  }, true);

  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest?.("dialog, input, textarea") || document.body.classList.contains("source-open");
    const shown = find("#roadmap-reader")?.offsetParent;
    if (event.key === "Escape" && reading() && shown && !elsewhere) closeReading();
  }, true);

  /* Gradio puts the tab's components in when the tab is first shown, and fills them anew after each act. */

  function watch(selector, key, done) {
    let last = null;
    let focused = null;
    document.addEventListener("focusin", (event) => {
      focused = event.target.closest(selector) ? handle(event.target) : null;
    });
    new MutationObserver(() => {
      const now = find(`${selector} [data-${key}]`)?.dataset[key] ?? null;
      if (now === last) return;
      last = now;
      const lost = !document.activeElement || document.activeElement === document.body;
      done(lost ? focused : null);
    }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: [`data-${key}`] });
  }

  function openAddressed(tries = 100) {
    if (!addressed()) return;
    const tab = all('#tabs button[role="tab"]').some((button) => button.textContent.trim() === t("Roadmap"));
    if (tab) window.studyPage.showTab("Roadmap");
    else if (tries) window.setTimeout(() => openAddressed(tries - 1), 100);
  }

  watch("#roadmap-overview", "rendering", rendered);
  watch("#roadmap-reader", "opening", readingShown);
  openAddressed();
})();
