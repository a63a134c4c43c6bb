// The form of an answer: counts characters, shows the card as it is typed and tells what the server would say.

const PAUSE = 400;
const form = document.querySelector("#faq-form");
const look = document.querySelector("#faq-look");
const told = document.querySelector("#faq-told");
const touched = new Set();
let waiting;
let asked;

/** Counts as KakaoTalk may: in UTF-16 units, without blanks at the ends. */
function count(field) {
  const used = field.value.trim().length;
  const line = document.querySelector(`#${field.id}-count`);
  line.firstElementChild.textContent = used;
  line.classList.toggle("faq-over", used > Number(field.dataset.most));
}

/** Puts a fault beside its field, or takes it away. */
function tell(field, words) {
  let line = document.querySelector(`#${field.id}-error`);
  if (!line) {
    line = document.createElement("p");
    line.id = `${field.id}-error`;
    line.className = "form-hint-invalid";
    field.closest(".form-group").append(line);
    const described = field.getAttribute("aria-describedby");
    field.setAttribute("aria-describedby", described ? `${described} ${line.id}` : line.id);
  }
  line.textContent = words;
  line.hidden = !words;
  if (words) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

function show({ html, problems }) {
  look.innerHTML = html; // drawn and escaped by our own server
  const wrong = [...touched].filter((name) => problems[name]);
  for (const name of touched) {
    const field = document.getElementById(name);
    if (field?.matches("input, textarea, select")) tell(field, problems[name] ?? "");
  }
  told.textContent = wrong.length ? problems[wrong[0]] : "";
}

async function ask() {
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), signal: asked.signal });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(await answer.json());
  } catch (error) {
    if (error.name !== "AbortError") told.textContent = "지금은 미리 볼 수 없어요. 적은 글은 그대로 있으니 저장을 눌러 보세요.";
  }
}

/** Shows the field of a telephone number only where a button dials one. */
function showPhone(select) {
  const phone = document.getElementById(select.id.replace("_to", "_phone"));
  phone.closest(".form-group").hidden = select.value !== "phone";
}

function insert(name) {
  const answer = document.querySelector("#answer");
  answer.setRangeText(name, answer.selectionStart, answer.selectionEnd, "end");
  answer.dispatchEvent(new Event("input", { bubbles: true }));
  answer.focus();
}

form.addEventListener("input", ({ target }) => {
  if (target.dataset.most) count(target);
  if (target.id.endsWith("_to")) showPhone(target);
  touched.add(target.name);
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
});
for (const button of form.querySelectorAll("[data-insert]")) {
  button.hidden = false;
  button.addEventListener("click", () => insert(button.dataset.insert));
}
for (const select of form.querySelectorAll("select[id$='_to']")) showPhone(select);
form.querySelector("[name='look']").hidden = true; // the card follows what is typed
