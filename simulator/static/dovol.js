// Reports what happened in DOVOL's own system. A button names the type of report and the fields it takes:
// a field is a path in the report, session.number, looked for in the button's form and then in the one about whom.

import { byId, el } from "./dom.js";

const about = byId("about");
const clock = new Intl.DateTimeFormat("ko-KR", { hour: "numeric", minute: "2-digit", second: "2-digit", timeZone: "Asia/Seoul" });
const PUBLISHED = "programme.published";
const ONE_ACTIVITY = ["199008", "199010"];
const WHY = { older: "더 새로운 소식을 이미 알고 있대요.", over: "이미 끝났거나 취소된 일이래요." };
const REFUSED = {
  401: "열쇠가 맞지 않아요. EVENTS_KEY를 확인해 주세요.",
  404: "보람에 열쇠가 없거나 주소가 달라요. EVENTS_KEY를 확인해 주세요.",
  409: "먼저 보낸 것을 처리하고 있어요. 같은 번호로 다시 보내 주세요.",
  500: "보람에서 문제가 생겼어요. 같은 번호로 다시 보내 주세요.",
  503: "보람이 바빠요. 같은 번호로 다시 보내 주세요.",
};
const CODES = {
  unknown_session: "보람이 모르는 활동 번호예요. 활동을 먼저 열어 주세요.",
  unknown_member: "보람이 모르는 회원이에요.",
  unknown_activity: "신청이나 참여를 먼저 알려 주세요.",
  guardian_consent: "보호자가 먼저 동의해야 해요.",
};
let busy = false;

const input = (form, path) => form.elements[path] ?? about.elements[path];

function valueOf(form, path) {
  if (path === "fields") return [...form.querySelectorAll("[name=fields]:checked")].map((box) => box.value);
  const field = input(form, path);
  return field.type === "number" && field.value !== "" ? Number(field.value) : field.value.trim();
}

function put(report, path, value) {
  const steps = path.split(".");
  const last = steps.pop();
  let place = report;
  steps.forEach((step, i) => {
    place[step] ??= /^\d+$/.test(steps[i + 1] ?? last) ? [] : {};
    place = place[step];
  });
  place[last] = value;
}

// Some kinds of certificate are about one activity.
function taken(form, button) {
  const paths = button.dataset.fields.split(" ");
  const single = button.dataset.type === "certificate.issued" && ONE_ACTIVITY.includes(form.elements.kind.value);
  return single ? [...paths, "session.number"] : paths;
}

function read(form, button) {
  const report = { type: button.dataset.type };
  for (const path of taken(form, button)) {
    const value = valueOf(form, path);
    if (value !== "") put(report, path, value);
  }
  Object.assign(report, JSON.parse(button.dataset.set));
  if (report.type === PUBLISHED) Object.assign(report.sessions[0], recruiting(report.sessions[0].day));
  return report;
}

// People apply from today until the day before, of what is over or begins today on that day.
function recruiting(day) {
  const today = document.querySelector("[data-today]").dataset.today;
  const before = new Date(new Date(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  const until = day > today ? before : day;
  return { apply_from: today < until ? today : until, apply_until: until };
}

// What a button does not take may stay wrong.
function firstWrong(form, button) {
  const paths = taken(form, button);
  byId("number").required = paths.includes("session.number");
  return paths.filter((path) => path !== "fields").map((path) => input(form, path)).find((field) => !field.checkValidity());
}

// On a phone the answers stand far below, so the words lead there.
function say(form, words, kind = "", answered = false) {
  const place = form.querySelector(".dovol-said");
  place.className = `dovol-said ${kind}`;
  place.replaceChildren(words, ...(answered ? [el("a", { href: "#log-title" }, "대답 보기")] : []));
}

const right = ({ status }) => status === 200;

function inWords({ status, answer, replayed }) {
  if (status === null) return "보람이 대답하지 않아요. 켜져 있는지 확인해 주세요.";
  if (status !== 200) return REFUSED[status] ?? `받지 않았어요. ${CODES[answer?.code] ?? answer?.detail ?? ""}`.trim();
  const again = replayed ? "같은 번호라서 처음 대답을 다시 받았어요. " : "";
  if (answer.changed) return `${again}보람에 반영됐어요.`;
  return again + (WHY[answer.why] ?? "이미 그렇게 되어 있어서 바뀐 것이 없어요.");
}

async function send(form, button, label, sent) {
  if (busy) return;
  busy = true;
  button.setAttribute("aria-disabled", "true");
  say(form, "보내고 있어요…", "waiting");
  try {
    const response = await fetch("api/dovol/reports", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent),
    });
    if (!response.ok) throw new Error(String(response.status));
    const told = await response.json();
    show(form, label, told);
    if (right(told) && told.report.type === PUBLISHED && !told.replayed) await published(told.report);
    say(form, `${label}: ${inWords(told)}`, right(told) ? "" : "wrong", true);
  } catch {
    say(form, "시뮬레이터가 대답하지 않아요. 적은 것은 그대로 있어요. 다시 눌러 주세요.", "wrong");
  } finally {
    busy = false;
    button.removeAttribute("aria-disabled");
  }
}

function show(form, label, told) {
  byId("empty").hidden = true;
  const kind = right(told) ? "" : "wrong";
  const again = el("button", { type: "button", class: "plain", "data-testid": "again",
    click: () => send(form, again, label, { report: told.report, key: told.key }) }, "같은 번호로 다시 보내기");
  byId("log").prepend(el("li", { class: "answer", "data-testid": "answer" },
    el("div", { class: "answer-head" }, el("h3", {}, label),
      el("span", { class: `answer-status ${kind}`, "data-testid": "status" }, told.status === null ? "대답 없음" : String(told.status)),
      el("time", {}, clock.format(Date.now()))),
    el("p", { class: `answer-words ${kind}` }, inWords(told)),
    el("pre", { tabindex: "0", "aria-label": "대답", "data-testid": "body" }, pretty(told.answer)),
    el("details", {}, el("summary", {}, `보낸 것 · ${told.milliseconds}ms`),
      el("pre", { tabindex: "0", "aria-label": "보낸 것", "data-testid": "sent" }, `Idempotency-Key: ${told.key}\n\n${pretty(told.report)}`)),
    again));
}

const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

async function published(report) {
  byId("number").value = report.sessions[0].number;
  freshNumber();
  await offer();
}

async function offer() {
  const response = await fetch("api/dovol/sessions").catch(() => null);
  const sessions = response?.ok ? await response.json() : [];
  byId("numbers").replaceChildren(...sessions.map(({ number, title, day }) => el("option", { value: number }, `${title} ${day}`)));
  if (sessions.length && !byId("number").value) byId("number").value = sessions[0].number;
}

// As DOVOL numbers its programmes: the month, and eight digits nobody had.
function freshNumber() {
  const month = document.querySelector("[data-today]").dataset.today.slice(2, 7).replace("-", "");
  byId("new-number").value = `PPG0200${month}-${crypto.getRandomValues(new Uint32Array(1))[0] % 90_000_000 + 10_000_000}`;
}

for (const form of document.querySelectorAll(".dovol-form")) {
  form.noValidate = true; // validated here: a button minds only what it sends
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (!button) return;
    form.querySelectorAll("[aria-invalid]").forEach((each) => each.removeAttribute("aria-invalid"));
    byId("number").removeAttribute("aria-invalid");
    const wrong = firstWrong(form, button);
    if (wrong) {
      wrong.setAttribute("aria-invalid", "true");
      wrong.focus();
      say(form, `${wrong.labels[0].firstChild.textContent.trim()}: ${wrong.validationMessage}`, "wrong");
    } else if (button.dataset.fields.includes("fields") && !valueOf(form, "fields").length) {
      say(form, "바뀐 것을 하나 이상 골라 주세요.", "wrong");
    } else {
      send(form, button, button.textContent.trim(), { report: read(form, button) });
    }
  });
}
freshNumber();
offer();
