// Training sentences: words that are chosen in the sentence stand at once where they are marked; a file that is too
// large is not sent at all.

for (const sentence of document.querySelectorAll("[data-selection-goes-to]")) {
  const words = document.getElementById(sentence.dataset.selectionGoesTo);
  sentence.addEventListener("select", () => {
    const chosen = sentence.value.slice(sentence.selectionStart, sentence.selectionEnd).trim();
    if (chosen && !/[[\](){}]/.test(chosen)) words.value = chosen;
  });
}

for (const form of document.querySelectorAll("form[data-largest]")) {
  const file = form.elements.file;
  const trouble = form.querySelector("[data-too-large]");
  const tooLarge = () => file.files.length > 0 && file.files[0].size > form.dataset.largest * 1024 * 1024;
  file.addEventListener("change", () => {
    trouble.hidden = !tooLarge();
  });
  form.addEventListener(
    "submit",
    (event) => {
      trouble.hidden = !tooLarge();
      if (tooLarge()) {
        event.preventDefault();
        event.stopImmediatePropagation();
        file.focus();
      }
    },
    true,
  );
}
