// Alerts: shows a text as it will look while it is typed, and how far a message of staff has come. Pages work without.

const PAUSE = 400;
const EVERY = 3000;
const MOST = 200; // an open page asks no longer than ten minutes, so that it does not keep the session alive

/** Returns a part of a page as the server draws it; null when there is none. */
async function part(url, options) {
  const answer = await fetch(url, { headers: { Accept: "text/html" }, ...options });
  if (!answer.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}

for (const form of document.querySelectorAll("form[data-preview]")) {
  const here = document.querySelector("[data-preview-here]");
  const told = document.querySelector("[data-preview-told]");
  let waiting;
  let newest = 0;
  form.elements.text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const mine = ++newest;
      const looks = await part(form.dataset.preview, { method: "POST", body: new FormData(form) }).catch(() => null);
      if (!looks || mine !== newest) return;
      here.replaceChildren(...looks.childNodes);
      told.textContent = here.querySelector(".alert-text, .preview-title")?.textContent ?? "미리 보기를 바꿨어요";
    }, PAUSE);
  });
}

/** Draws the bar anew until there is nothing more to wait for. */
function follow(left) {
  const bar = document.querySelector("[data-refresh]");
  if (!bar || !left) return;
  setTimeout(async () => {
    const fresh = await part(bar.dataset.refresh).catch(() => null);
    const next = fresh?.querySelector(".send-progress");
    if (!next) return;
    const done = !next.dataset.refresh;
    bar.replaceWith(next);
    if (done) location.reload();
    else follow(left - 1);
  }, EVERY);
}
follow(MOST);
