// Makes pages nicer; every page works without it.

/** Opens the confirm page of a link in a dialog; whatever goes wrong, the link is simply followed. */
async function openDialog(link) {
  try {
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const confirm = page.querySelector("[data-confirm]");
    if (!answer.ok || !confirm) throw new Error("no confirm page");
    showDialog(document.adoptNode(confirm));
  } catch {
    location.assign(link.href);
  }
}

function showDialog(content) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.append(content);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("#confirm-title")?.focus();
}

/** Marks a form as being sent; a second sending of the same form is stopped. */
function startSending(form, event) {
  if (form.getAttribute("aria-busy")) return event.preventDefault();
  form.setAttribute("aria-busy", "true");
  const button = event.submitter;
  if (!button || !form.dataset.sending) return;
  button.classList.add("is-sending");
  const words = document.createElement("span");
  words.className = "sr-only";
  words.setAttribute("role", "status");
  form.append(words);
  words.textContent = form.dataset.sending;
}

/** Makes every form sendable again: the browser kept the page and the person came back to it. */
function stopSending() {
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
    form.querySelector(".is-sending")?.classList.remove("is-sending");
  }
}

/** Keeps the digits of a typed or pasted code: "123 456" becomes "123456". */
function keepDigits(input) {
  const digits = input.value.replace(/\D/g, "").slice(0, Number(input.dataset.code));
  if (digits !== input.value) input.value = digits;
}

document.addEventListener("click", (event) => {
  const { target } = event;
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = target.closest("a[data-dialog]");
  if (link && "showModal" in HTMLDialogElement.prototype) {
    event.preventDefault();
    openDialog(link);
  }
  const dialog = target.closest("[data-close]")?.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }
});
document.addEventListener("submit", (event) => startSending(event.target, event));
document.addEventListener("input", ({ target }) => target.dataset.code && keepDigits(target));
addEventListener("pageshow", ({ persisted }) => persisted && stopSending());
document.querySelector("[data-focus]")?.focus();
