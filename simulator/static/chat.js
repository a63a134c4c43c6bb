// The chat room: draws entries as KakaoTalk shows them, and beside them what only developers see.

import { byId, el } from "./dom.js";
import { drawBubble } from "./bubbles.js";

const log = byId("log");
const chips = byId("chips");
const newest = byId("newest");
const reader = byId("reader");
const clock = new Intl.DateTimeFormat("ko-KR", { hour: "numeric", minute: "2-digit", timeZone: "Asia/Seoul" });
const calendar = new Intl.DateTimeFormat("ko-KR", { dateStyle: "full", timeZone: "Asia/Seoul" });
const seconds = new Intl.NumberFormat("ko-KR", { maximumFractionDigits: 2 });
const NEAR = 96; // px from the end that still count as reading the newest

const SORRY = "지금은 답을 드리지 못했어요. 잠시 후 다시 말해 주세요.";
const TROUBLE = {
  dropped: () => ["카카오톡은 이 답을 버려요", "규칙을 어겨서 사용자는 아무것도 못 받아요."],
  timeout: () => ["5초 안에 답이 오지 않았어요", "카카오톡은 더 기다리지 않아요. 스킬 서버의 기록을 살펴보세요."],
  down: () => ["스킬 서버에 닿지 못했어요", "터미널에서 make run을 실행한 다음 다시 보내 보세요."],
  error: (delivery) => [`스킬 서버가 ${delivery.status}로 답했어요`, ADVICE[delivery.status]
    ?? (delivery.status === 200 ? "본문이 JSON이 아니에요." : "200과 JSON이 아니면 카카오톡은 오류로 봐요.")],
  expired: () => ["늦은 답이 1분 안에 오지 않았어요", "콜백 주소는 이제 쓸 수 없어요."],
  forgotten: () => ["늦은 답을 더 기다릴 수 없어요", "시뮬레이터가 다시 시작됐어요. 한 번 더 보내 보세요."],
  offline: () => ["시뮬레이터가 꺼졌어요", "터미널에서 make run을 실행한 다음 다시 보내 보세요."],
};
const ADVICE = {
  401: "SKILL_KEY가 서로 달라요. make run으로 함께 다시 시작해 보세요.",
  413: "요청이 너무 커서 스킬 서버가 받지 않았어요.",
};

// act: {press(what, entry), inspect(entry), retry(entry), start()}
let act;
export function connect(actions) {
  act = actions;
  newest.addEventListener("click", () => { toNewest(); log.focus({ preventScroll: true }); });
  log.addEventListener("scroll", scrolled, { passive: true });
  log.addEventListener("load", keepUp, true); // pictures push the end down
  new ResizeObserver(keepUp).observe(log); // so does a keyboard on a phone
  byId("reader-close").addEventListener("click", () => reader.close());
}

export function drawAll(person) {
  log.setAttribute("aria-live", "off"); // an old chat is not read out again
  log.replaceChildren();
  if (!person.entries.length) log.append(empty());
  let day = "";
  for (const entry of person.entries) day = place(entry, day);
  drawChips(person);
  toNewest();
  requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
}

export function drawNew(person, entry) {
  following ||= entry.type === "me";
  log.querySelector(".empty")?.remove();
  const before = person.entries.at(-2);
  place(entry, before ? calendar.format(before.at) : "");
  drawChips(person);
  moveTyping();
  if (following) toNewest(); else newest.hidden = false;
}

function place(entry, day) {
  const today = calendar.format(entry.at);
  if (today !== day) log.append(el("p", { class: "day" }, today));
  log.append(DRAW[entry.type](entry));
  return today;
}

function empty() {
  return el("div", { class: "empty", "data-testid": "empty" },
    el("img", { src: "static/boram.svg", alt: "", width: "72", height: "72" }),
    el("p", { class: "empty-title" }, "보람이에요. 봉사, 뭐든 물어보세요."),
    el("p", {}, "봉사시간, 신청, 확인서까지 여기서 한 번에 볼 수 있어요."),
    el("button", { type: "button", class: "primary", "data-testid": "start", click: () => act.start() }, "시작하기"));
}

const DRAW = {
  me: (entry) => el("article", { class: "turn mine", "aria-label": `나, ${clock.format(entry.at)}`, "data-testid": "my-turn" },
    el("time", {}, clock.format(entry.at)), el("div", { class: "bubble text", "data-testid": "bubble-mine" }, shorten(entry.text))),
  note: (entry) => el("p", { class: "note", "data-testid": "note" }, entry.text),
  bot: (entry) => botTurn(entry),
  late: (entry) => botTurn(entry),
  push: (entry) => botTurn(entry, el("span", { class: "pushed", "data-testid": "pushed" }, "알림")),
};

const shorten = (text) => (text.length > 3000 ? `${text.slice(0, 3000)}… (모두 ${text.length.toLocaleString("ko-KR")}자)` : text || "(빈 말)");

function botTurn(entry, mark = null) {
  const { delivery } = entry;
  const body = [...extras(entry), ...shown(entry), ...notes(entry)].filter(Boolean);
  return el("article", {
    class: "turn bot", "aria-label": `보람${mark ? " 알림" : ""}, ${clock.format(entry.at)}`, "data-testid": "bot-turn",
    "data-outcome": delivery.outcome,
  },
  el("img", { class: "avatar", src: "static/boram.svg", alt: "", width: "40", height: "40" }),
  el("div", { class: "said" }, el("p", { class: "name" }, "보람", mark), ...body, foot(entry)));
}

function extras(entry) {
  if (entry.again) return [el("p", { class: "tag" }, "같은 요청을 한 번 더 보내서 받은 답")];
  if (entry.type === "late") return [el("p", { class: "tag" }, "콜백으로 늦게 온 답")];
  return [];
}

function foot(entry) {
  const time = el("time", {}, clock.format(entry.at));
  const spent = entry.delivery.milliseconds;
  const label = spent === undefined ? "자세히" : duration(spent);
  return el("p", { class: "foot" }, time,
    el("button", { type: "button", class: "peek", "data-testid": "inspect", "aria-label": `${label}, 이 답 속 들여다보기`,
      click: () => act.inspect(entry) }, label));
}

const duration = (ms) => (ms < 1000 ? `${Math.round(ms)}ms` : `${seconds.format(ms / 1000)}초`);

function context(entry) {
  return { press: (what) => act.press(what, entry), read };
}

function shown(entry) {
  const { delivery } = entry;
  if (delivery.outcome === "shown") return delivery.bubbles.map((bubble) => drawBubble(bubble, context(entry)));
  if (delivery.outcome === "waiting") return [waiting(entry)];
  if (entry.type !== "push" && ["timeout", "error", "down"].includes(delivery.outcome)) {
    return [el("div", { class: "bubble text", "data-testid": "bubble-kakao-error" }, SORRY)];
  }
  return [];
}

function waiting({ delivery, settled }) {
  const words = delivery.reply?.data?.text || "답을 준비하고 있어요. 잠시만 기다려 주세요.";
  return el("div", { class: "bubble text waiting", "data-testid": "bubble-waiting" },
    String(words), settled ? null : dots());
}

const dots = () => el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));

function notes(entry) {
  const { delivery } = entry;
  const broken = delivery.violations ?? [];
  const trouble = TROUBLE[delivery.outcome]?.(delivery);
  return [
    trouble ? troubleNote(entry, ...trouble) : rulesNote(broken.filter((v) => v.effect === "bubble"), "이 말풍선은 카카오톡이 보내지 않아요", "lost"),
    trouble ? null : rulesNote(broken.filter((v) => v.effect === "notice"), "보이지만 뜻대로는 아니에요", "notice"),
  ];
}

function troubleNote(entry, title, advice) {
  const { delivery } = entry;
  const again = ["down", "timeout", "error", "offline"].includes(delivery.outcome) && entry.message;
  return el("div", { class: "developer", "data-testid": `note-${delivery.outcome}` },
    el("p", { class: "developer-title" }, title), el("p", {}, advice), ruleList(delivery.violations ?? []),
    delivery.outcome === "dropped" && delivery.bubbles?.length ? preview(entry) : null,
    again ? el("button", { type: "button", class: "plain", "data-testid": "retry", click: () => act.retry(entry) }, "다시 보내기") : null);
}

function rulesNote(violations, title, kind) {
  if (!violations.length) return null;
  return el("div", { class: `developer ${kind}`, "data-testid": `note-${kind}` },
    el("p", { class: "developer-title" }, title), ruleList(violations));
}

export function ruleList(violations) {
  if (!violations.length) return null;
  return el("ul", {}, violations.map(({ rule, path, message }) =>
    el("li", { "data-rule": rule }, el("code", {}, path || "답"), ` ${message}`)));
}

function preview(entry) {
  return el("details", { class: "preview", "data-testid": "preview" }, el("summary", {}, "버려진 답 그려 보기"),
    el("div", { class: "preview-body" }, entry.delivery.bubbles.map((bubble) => drawBubble(bubble, context(entry)))));
}

// Chips belong to the newest message only: they vanish with the next one, as in KakaoTalk.
function drawChips(person) {
  const last = person.entries.findLast((entry) => entry.type !== "note");
  const all = last?.delivery?.outcome === "shown" ? last.delivery.quick_replies : [];
  chips.replaceChildren(...all.map((chip) => el("button", {
    type: "button", "data-testid": "quick-reply",
    click: () => act.press({ source: "quick_reply", action: chip.action, label: chip.label, target: chip }, last),
  }, String(chip.label))));
  chips.hidden = !all.length;
  chips.scrollLeft = 0;
}

let waitingFor = 0;
export function typing(count) {
  waitingFor = count;
  log.dataset.pending = count;
  log.querySelector(".typing")?.remove();
  if (count) log.append(el("div", { class: "turn bot typing", "data-testid": "typing", "aria-hidden": "true" },
    el("img", { class: "avatar", src: "static/boram.svg", alt: "", width: "40", height: "40" }),
    el("div", { class: "bubble" }, dots())));
  if (count) keepUp();
}

const moveTyping = () => typing(waitingFor);

let following = true; // the newest bubble stays in sight until one scrolls back
const keepUp = () => { if (following) toNewest(); };

function scrolled() {
  following = nearNewest();
  if (following) newest.hidden = true;
}

const nearNewest = () => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
function toNewest() {
  following = true;
  newest.hidden = true;
  log.scrollTop = log.scrollHeight;
}

function read(nodes, title = "전체 보기") {
  byId("reader-title").textContent = title;
  byId("reader-body").replaceChildren(...nodes);
  reader.showModal();
}

