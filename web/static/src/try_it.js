// Trying 보람 out without loading the page anew. Whatever goes wrong, the form is sent as it would be without us.

const trial = document.querySelector("[data-trial]");

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form));
  if (button?.name) body.append(button.name, button.value);
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.querySelector("[data-trial]");
  if (!next) throw new Error("another page");
  show(document.adoptNode(next));
}

function show(next) {
  const told = trial.querySelector("[data-trial-told]");
  next.querySelector("[data-trial-told]").replaceWith(told); // the place that is read aloud has to stay the same
  trial.replaceChildren(...next.childNodes);
  const turns = trial.querySelectorAll(".dialog-turn");
  turns[turns.length - 1]?.scrollIntoView({ block: "start" });
  told.textContent = turns[turns.length - 1]?.querySelector(".kakao-reply")?.textContent ?? "";
  trial.querySelector("#words").focus({ preventScroll: true });
}

function sendPlainly(form, button) {
  if (button?.name) {
    const kept = Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value });
    form.append(kept);
  }
  form.submit();
}

trial.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  event.preventDefault();
  if (form.getAttribute("aria-busy")) return;
  try {
    await send(form, submitter);
  } catch {
    sendPlainly(form, submitter);
  }
});
