/* The thumbs under answers: the press shows at once and is handed to Python, which keeps it. */
(() => {
  "use strict";

  const { t } = window.studyPage;
  const NOTE_CHARACTERS = 300;
  const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
  const turnOf = (bar) => bar.querySelector(".thumb-turn").value;
  const said = new Map();
  let last = null;
  const press = (button, value) => button.setAttribute("aria-pressed", String(value));

  /* What the chat does not let through: which buttons are pressed, and the line to type in. The chat may make its
     messages anew from older text, so what was said on this page goes before the text, and the focus comes back. */
  function dress(bar) {
    bar.classList.add("dressed");
    bar.querySelectorAll(".thumb, .thumb-reason").forEach((one) => press(one, one.classList.contains("pressed")));
    const note = document.createElement("input");
    note.type = "text";
    note.className = "thumb-note";
    note.maxLength = NOTE_CHARACTERS;
    note.placeholder = t("In a line, if you like");
    note.setAttribute("aria-label", t("What is wrong with the answer, in a line"));
    note.value = bar.querySelector(".thumb-said").textContent;
    bar.querySelector(".thumb-said").replaceWith(note);
    const newer = said.get(turnOf(bar));
    if (newer) {
      note.value = newer.note;
      bar.querySelectorAll(".thumb").forEach((one) => press(one, one.value === newer.verdict));
      bar.querySelectorAll(".thumb-reason").forEach((one) => press(one, one.value === newer.reason));
      unfold(bar, newer.verdict);
    }
    if (last?.turn === turnOf(bar) && !last.button.isConnected && document.activeElement === document.body) {
      const again = [...bar.querySelectorAll("button")].find((one) => one.value === last.button.value);
      again?.focus({ preventScroll: true });
    }
  }

  function watch() {
    const chat = document.querySelector("#chat");
    if (!chat) return void window.setTimeout(watch, 100);
    const dressAll = () => chat.querySelectorAll(".thumbs:not(.dressed)").forEach(dress);
    new MutationObserver(dressAll).observe(chat, { childList: true, subtree: true });
    dressAll();
  }

  /* Only one of the buttons is pressed; pressing it again lets go of it. */
  function choose(button, all) {
    const value = !isPressed(button);
    all.forEach((other) => press(other, other === button && value));
  }

  function unfold(bar, verdict) {
    bar.classList.toggle("up", verdict === "up");
    bar.classList.toggle("down", verdict === "down");
  }

  function send(bar) {
    const chosen = (kind) => bar.querySelector(`${kind}[aria-pressed="true"]`)?.value ?? "";
    const verdict = chosen(".thumb");
    const reason = chosen(".thumb-reason");
    const note = bar.querySelector(".thumb-note").value;
    const isDown = verdict === "down";
    said.set(turnOf(bar), { verdict, reason, note });
    unfold(bar, verdict);
    window.studyPage.act("keep_thumb", {
      value: `${turnOf(bar)}.${verdict || "withdrawn"}.${isDown ? reason : ""}`,
      answer: isDown ? note : "",
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".thumb, .thumb-reason");
    if (!button) return;
    const bar = button.closest(".thumbs");
    last = { turn: turnOf(bar), button };
    choose(button, bar.querySelectorAll(button.classList.contains("thumb") ? ".thumb" : ".thumb-reason"));
    send(bar);
  });

  document.addEventListener("change", (event) => {
    if (event.target.classList?.contains("thumb-note")) send(event.target.closest(".thumbs"));
  });

  watch();
})();
