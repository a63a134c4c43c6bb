// What lies under a message: time against Kakao's limit, what was understood, the raw JSON both ways.

import { announce, byId, el } from "./dom.js";
import { ruleList } from "./chat.js";
import { store } from "./store.js";

const body = byId("inspector-body");
const LIMIT = 5000; // ms, Kakao's
const PLAN = 3500; // ms, ours
const number = new Intl.NumberFormat("ko-KR", { maximumFractionDigits: 2 });
const OUTCOMES = {
  shown: "보였어요", waiting: "늦은 답을 기다려요", dropped: "카카오톡이 버렸어요", timeout: "시간이 다 됐어요",
  error: "오류로 봤어요", down: "서버에 닿지 못했어요", expired: "늦은 답이 오지 않았어요",
  forgotten: "기다림이 끊겼어요", offline: "시뮬레이터가 꺼졌어요",
};

let shown;

// A preview has arrived: only its own panel changes, so that a reader of the others keeps their place.
export function refresh() {
  const panel = links(shown?.delivery.links);
  if (panel) byId("inspector-links")?.replaceWith(panel);
}

export function inspect(entry) {
  shown = entry;
  if (!entry) {
    body.replaceChildren(el("p", { class: "inspector-empty", "data-testid": "inspector-empty" },
      "메시지를 보내면 요청과 답, 걸린 시간이 여기에 보여요."));
    return;
  }
  const { delivery, request } = entry;
  body.replaceChildren(...[
    result(delivery),
    delivery.milliseconds === undefined ? null : time(delivery.milliseconds),
    understood(delivery.reply?.data?.debug),
    links(delivery.outcome === "shown" ? delivery.links : []),
    raw("보낸 요청", "inspector-request", request),
    raw("받은 답", "inspector-reply", delivery.reply ?? delivery.raw),
  ].filter(Boolean));
}

// KakaoTalk fetches each link once before it is pressed: what must not be spent by that shows here.
function links(all) {
  if (!all?.length) return null;
  const panel = section("링크 미리보기", "inspector-links", el("ul", { class: "previews" }, all.map((url) =>
    el("li", {}, el("code", {}, url), el("span", { class: "preview-met" }, met(store.previews[url]))))));
  panel.id = "inspector-links";
  return panel;
}

function met(found) {
  if (!found) return "미리보기를 기다려요";
  if (found.status === null) return "미리보기 실패: 2초 안에 답이 없었어요";
  return `미리보기 GET ${found.status}${found.elsewhere ? ", 다른 사이트로는 따라가지 않아요" : ""}`;
}

function section(title, testid, ...children) {
  return el("section", { class: "panel", "data-testid": testid, "aria-label": title }, el("h2", {}, title), ...children);
}

function result({ outcome, status, violations }) {
  return section("결과", "inspector-result",
    el("p", { class: `outcome ${outcome}` }, OUTCOMES[outcome], status ? el("span", { class: "http" }, `HTTP ${status}`) : null),
    violations?.length ? el("div", { class: "broken-rules" }, ruleList(violations)) : null);
}

function time(ms) {
  const share = Math.min(100, (ms / LIMIT) * 100);
  const tone = ms >= LIMIT ? "late" : ms > PLAN ? "slow" : "quick";
  const fill = el("span", { class: `fill ${tone}` });
  fill.style.width = `${Math.max(share, 0.8)}%`;
  return section("걸린 시간", "inspector-time",
    el("p", { class: "big" }, `${number.format(ms)} ms`),
    el("div", { class: "timebar", role: "img", "aria-label": `카카오 한도 5초 가운데 ${number.format(ms / 1000)}초 걸렸어요` },
      fill, el("span", { class: "mark plan" })),
    el("p", { class: "scale", "aria-hidden": "true" },
      el("span", {}, "0"), el("span", { class: "at-plan" }, "3.5초 목표"), el("span", {}, "5초 한도")));
}

function understood(debug) {
  if (!debug || typeof debug !== "object") return null;
  return section("이렇게 알아들었어요", "inspector-debug",
    el("dl", { class: "facts" }, fact("뜻", debug.intent), fact("주제", debug.topic), fact("출처", debug.source)),
    typeof debug.confidence === "number" ? confidence(debug.confidence) : null,
    entities(debug.entities), parts(debug.ms));
}

function fact(name, value) {
  return value === undefined || value === null || value === ""
    ? [] : el("div", {}, el("dt", {}, name), el("dd", {}, String(value)));
}

function confidence(value) {
  return bar("확신", value, 1, `${Math.round(value * 100)}%`);
}

function bar(name, value, most, words) {
  const fill = el("span", { class: "fill" });
  fill.style.width = `${most ? Math.max(0, Math.min(100, (value / most) * 100)) : 0}%`;
  return el("div", { class: "bar-row" }, el("span", { class: "bar-name" }, name),
    el("span", { class: "bar-line", "aria-hidden": "true" }, fill), el("span", { class: "bar-value" }, words));
}

function entities(found) {
  if (!Array.isArray(found) || !found.length) return null;
  return el("table", {}, el("caption", {}, "찾은 값"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "종류"), el("th", { scope: "col" }, "값"))),
    el("tbody", {}, found.map(({ entity, value }) =>
      el("tr", {}, el("th", { scope: "row" }, String(entity)),
        el("td", {}, typeof value === "string" ? value : JSON.stringify(value))))));
}

function parts(ms) {
  const spent = Object.entries(ms ?? {}).filter(([, value]) => typeof value === "number");
  if (!spent.length) return null;
  const most = Math.max(...spent.map(([, value]) => value));
  return el("div", { class: "parts" }, el("h3", {}, "안에서 걸린 시간"),
    spent.map(([name, value]) => bar(name, value, most, `${number.format(value)} ms`)));
}

function raw(title, testid, value) {
  if (value === undefined || value === null || value === "") return section(title, testid, el("p", {}, "남은 기록이 없어요."));
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const copy = el("button", { type: "button", class: "plain copy", "aria-label": `${title} 복사`,
    "data-testid": `${testid}-copy`, click: () => copyText(text, copy) }, "복사");
  return el("section", { class: "panel", "data-testid": testid, "aria-label": title },
    el("div", { class: "panel-head" }, el("h2", {}, title), copy),
    el("pre", { tabindex: "0", role: "region", "aria-label": `${title} JSON` }, coloured(text)));
}

async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "복사했어요";
    announce("복사했어요");
  } catch {
    button.textContent = "복사하지 못했어요";
    announce("복사하지 못했어요. 글을 골라 직접 복사해 주세요.");
  }
  setTimeout(() => { button.textContent = "복사"; }, 2000);
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const COLOURED = 200_000; // characters; a longer text stays plain

function coloured(text) {
  if (text.length > COLOURED) return text;
  const out = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon] = match;
    const kind = colon ? "key" : string ? "string" : "value";
    out.push(text.slice(from, match.index), el("span", { class: kind }, string ?? whole), colon ?? "");
    from = match.index + whole.length;
  }
  return [...out, text.slice(from)];
}
