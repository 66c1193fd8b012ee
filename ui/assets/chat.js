/* The chat: editing a question, saving a conversation. */
(() => {
  "use strict";

  /* The question's own text travels percent-encoded in the button's name: the chat lets no other attribute through. */
  async function editQuestion(button) {
    const question = await window.studyPage.ask({
      text: "Edit the question. The turns after it stay in the version before.",
      verb: "Ask",
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

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".edit-question");
    if (button) editQuestion(button);
  });

  window.studyPage.saveFile = saveFile;
})();
