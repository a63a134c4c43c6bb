// A phone's message app: every number that got a text, and what it got. The address' # names the open number.

import { listen } from "./api.js";
import { announce, byId, el, isWebAddress, withLinks } from "./dom.js";

const inbox = new Map(); // number → {items, unread}
const box = byId("messages");
const clock = new Intl.DateTimeFormat("ko-KR", { hour: "numeric", minute: "2-digit", timeZone: "Asia/Seoul" });
const calendar = new Intl.DateTimeFormat("ko-KR", { dateStyle: "long", timeZone: "Asia/Seoul" });

const open = () => decodeURIComponent(location.hash.slice(1));
const hyphened = (number) => number.replace(/^(01\d)(\d{3,4})(\d{4})$/, "$1-$2-$3");

function take(items, first) {
  for (const item of items) {
    const thread = inbox.get(item.owner) ?? { items: [], unread: 0 };
    inbox.delete(item.owner); // the newest thread stands last
    inbox.set(item.owner, thread);
    thread.items.push(item);
    if (item.owner !== open()) thread.unread += 1;
    else if (!first && thread.items.length > 1) draw(item, thread.items.at(-2));
    else if (!first) { show(); announce("새 메시지가 왔어요"); } // the first for a number opened before it had any
  }
  if (first && inbox.has(open())) show();
  drawThreads();
  if (!first && items.some(({ owner }) => owner !== open())) announce("새 메시지가 왔어요");
}

function drawThreads() {
  byId("inbox-empty").hidden = inbox.size > 0;
  byId("threads").replaceChildren(...[...inbox].reverse().map(([number, { items, unread }]) => el("li", {},
    el("a", { href: `#${number}`, "data-testid": "thread", "aria-current": number === open() ? "true" : null },
      el("span", { class: "thread-number" }, hyphened(number)), el("time", {}, clock.format(items.at(-1).at)),
      el("span", { class: "thread-last" }, items.at(-1).text),
      unread ? el("span", { class: "unread", "data-testid": "unread" },
        el("span", { class: "hidden" }, `안 읽은 메시지 ${unread}개`)) : null))));
}

function show() {
  const number = open();
  const thread = inbox.get(number);
  byId("inbox").classList.toggle("open", Boolean(thread));
  box.setAttribute("aria-live", "off"); // an old thread is not read out again
  box.replaceChildren();
  byId("number").textContent = thread ? hyphened(number) : "문자";
  if (thread) thread.unread = 0;
  (thread?.items ?? []).forEach((item, i, all) => draw(item, all[i - 1]));
  if (!thread) box.append(el("p", { class: "inbox-empty" }, "번호를 고르면 받은 문자가 보여요."));
  requestAnimationFrame(() => box.setAttribute("aria-live", "polite"));
}

const COMPANIES = { nhn_alimtalk: "NHN 알림톡", nhn_sms: "NHN 문자", solapi: "솔라피" };
const FORMS = { sms: "짧은 문자", lms: "긴 문자", alimtalk: "알림톡" };

function draw(item, before) {
  const today = calendar.format(item.at);
  if (!before || calendar.format(before.at) !== today) box.append(el("p", { class: "day" }, today));
  box.append(item.kind === "alimtalk" ? card(item) : text(item));
  box.scrollTop = box.scrollHeight;
}

function text(item) {
  return el("article", { class: "sms", "data-testid": "sms", "aria-label": `${item.sender}, ${clock.format(item.at)}` },
    el("div", { class: "sms-text" }, item.title ? el("p", { class: "sms-title", "data-testid": "sms-title" }, item.title) : null,
      el("p", {}, ...withLinks(item.text))),
    foot(item, `${item.sender} · `, item.auth ? " · 인증 문자" : ""),
    item.cut ? el("p", { class: "sms-cut", "data-testid": "sms-cut" }, item.form === "lms"
      ? "2000바이트가 넘어서 뒤가 잘렸어요." : "90바이트가 넘어서 뒤가 잘렸어요.") : null);
}

function card(item) {
  return el("article", { class: "sms", "data-testid": "alimtalk", "aria-label": `알림톡, ${clock.format(item.at)}` },
    el("div", { class: "card" },
      el("h3", { class: "card-head" }, "알림톡 도착"),
      el("p", { class: "card-text" }, ...withLinks(item.text)),
      item.buttons.length ? el("div", { class: "card-buttons" }, item.buttons.map(button)) : null),
    foot(item, "보람 · "));
}

function button({ name, linkMo }) {
  return isWebAddress(linkMo)
    ? el("a", { href: linkMo, target: "_blank", rel: "noopener noreferrer", "data-testid": "card-button" }, name)
    : el("span", { "data-testid": "card-button" }, name, el("small", {}, "주소가 없어요"));
}

function foot(item, from, after = "") {
  return el("p", { class: "sms-foot", "data-testid": "sms-foot" }, from, el("time", {}, clock.format(item.at)), after,
    ` · ${FORMS[item.form]} · ${COMPANIES[item.provider] ?? item.provider}`);
}

addEventListener("hashchange", () => { show(); drawThreads(); if (inbox.has(open())) box.focus({ preventScroll: true }); });
show();
listen("sms,alimtalk", {}, take);
