// A phone's message app: every number that got a text, and what it got. The address' # names the open number.

import { listen } from "./api.js";
import { announce, byId, el, withLinks } from "./dom.js";

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
    if (item.owner === open()) { if (!first) draw(item, thread.items.at(-2)); } else thread.unread += 1;
  }
  if (first && inbox.has(open())) show();
  drawThreads();
  if (!first && items.some(({ owner }) => owner !== open())) announce("새 문자가 왔어요");
}

function drawThreads() {
  byId("inbox-empty").hidden = inbox.size > 0;
  byId("threads").replaceChildren(...[...inbox].reverse().map(([number, { items, unread }]) => el("li", {},
    el("a", { href: `#${number}`, "data-testid": "thread", "aria-current": number === open() ? "true" : null },
      el("span", { class: "thread-number" }, hyphened(number)), el("time", {}, clock.format(items.at(-1).at)),
      el("span", { class: "thread-last" }, items.at(-1).text),
      unread ? el("span", { class: "unread", "data-testid": "unread" },
        el("span", { class: "hidden" }, `안 읽은 문자 ${unread}개`)) : null))));
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

function draw(item, before) {
  const today = calendar.format(item.at);
  if (!before || calendar.format(before.at) !== today) box.append(el("p", { class: "day" }, today));
  box.append(el("article", { class: "sms", "data-testid": "sms", "aria-label": `${item.sender}, ${clock.format(item.at)}` },
    el("p", { class: "sms-text" }, ...withLinks(item.text)),
    el("p", { class: "sms-foot" }, `${item.sender} · `, el("time", {}, clock.format(item.at)), item.auth ? " · 인증 문자" : ""),
    item.cut ? el("p", { class: "sms-cut", "data-testid": "sms-cut" }, "90바이트가 넘어서 뒤가 잘렸어요.") : null));
  box.scrollTop = box.scrollHeight;
}

addEventListener("hashchange", () => { show(); drawThreads(); if (inbox.has(open())) box.focus({ preventScroll: true }); });
show();
listen("sms", {}, take);
