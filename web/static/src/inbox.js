// The inbox by keyboard: walk, tick, choose a meaning, mark words, undo. Every page works without it.

const STORED = "boram-inbox-keys";
const steps = [...document.querySelectorAll("[data-step]")];
const help = document.querySelector("[data-keys]");
const teach = document.querySelector("[data-teach]");
const other = document.querySelector("#other");
const said = document.querySelector("#select-words");

/** Tells whether somebody is typing, so that letters are letters. */
const isTyping = ({ target }) =>
  target.isContentEditable || (target.matches("input, select, textarea") && !target.matches("[type=checkbox], [type=radio], [readonly]"));

/** Moves to the next (1) or previous (-1) group or sentence. */
function walk(by) {
  const here = steps.findIndex((step) => step.contains(document.activeElement));
  const next = steps[here < 0 ? (by > 0 ? 0 : steps.length - 1) : Math.min(Math.max(here + by, 0), steps.length - 1)];
  next?.querySelector("input[type=checkbox], a")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** Chooses the nth meaning that is offered; the button that sends it is next. */
function choose(digit) {
  const radio = document.querySelector(`[data-digit="${digit}"]`);
  if (!radio) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  teach?.focus();
}

function tick() {
  document.activeElement?.closest("[data-step]")?.querySelector("input[type=checkbox]")?.click();
}

function tickAll(on) {
  for (const box of document.querySelectorAll("[data-step] input[type=checkbox]")) box.checked = on;
}

/** Writes the words that are selected in the sentence into the first free row. */
function mark() {
  if (!said) return;
  const selected = said.value.slice(said.selectionStart, said.selectionEnd);
  const words = selected.trim();
  const rows = [...document.querySelectorAll("[data-row]")];
  const row = rows.find((each) => !each.querySelector("[name=mark_words]").value);
  if (!words || !row) return said.focus();
  row.querySelector("[name=mark_words]").value = words;
  row.querySelector("[name=mark_start]").value = said.selectionStart + selected.indexOf(words);
  row.querySelector("[name=mark_kind]").focus();
}

const keys = {
  j: () => walk(1),
  k: () => walk(-1),
  x: tick,
  t: () => teach?.click(),
  i: () => document.querySelector("[data-ignore]")?.click(),
  u: () => document.querySelector("[data-undo]")?.requestSubmit(),
  e: mark,
  "?": () => {
    help.open = !help.open;
    help.querySelector("summary").focus();
  },
};

/** Tells whether the person wants keys at all: single letters get in the way of who steers by voice. */
function isOn() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
}

function remember(on) {
  try {
    localStorage.setItem(STORED, on ? "on" : "off");
  } catch {
    // A browser that keeps nothing asks again on the next page.
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event) || !isOn()) return;
  // By place where a Korean layout is on: the same key writes ㅓ there.
  const letter = event.key === "?" ? "?" : event.code.replace(/^Key|^Digit|^Numpad/, "").toLowerCase();
  const act = /^[1-9]$/.test(letter) ? () => choose(letter) : keys[letter];
  if (!act || !help) return;
  event.preventDefault();
  act();
});

document.addEventListener("change", ({ target }) => {
  if (target.name === "meaning" && other) other.value = "";
  if (target === other && other.value) for (const radio of document.querySelectorAll("[name=meaning]")) radio.checked = false;
  if (target.matches("[data-keys-on]")) remember(target.checked);
  if (target.name === "mark_words") target.closest("[data-row]").querySelector("[name=mark_start]").value = "";
});

document.querySelector("[data-tick-all]")?.addEventListener("click", () => tickAll(true));
document.querySelector("[data-tick-none]")?.addEventListener("click", () => tickAll(false));
document.querySelector("[data-mark]")?.addEventListener("click", mark);
for (const part of document.querySelectorAll("[data-keys], [data-tick], [data-select]")) part.hidden = false;
if (help) help.querySelector("[data-keys-on]").checked = isOn();
