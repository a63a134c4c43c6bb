// Puts the window together: what a press or a typed word sends, and where its answer goes.

import { lateAnswer, listen, send } from "./api.js";
import * as chat from "./chat.js";
import { announce, byId } from "./dom.js";
import { inspect, refresh } from "./inspector.js";
import * as people from "./people.js";
import { keepPreview, personOf, save, store } from "./store.js";

const HELLO = "안녕";
const composer = byId("composer");
const pending = {}; // messages under way, by person
const following = new Set(); // callback tokens somebody waits for
const finePointer = matchMedia("(hover: hover)");

function add(key, entry) {
  const person = personOf(key);
  person.entries.push({ at: Date.now(), ...entry });
  save();
  if (key === store.current) chat.drawNew(person, person.entries.at(-1));
  return person.entries.at(-1);
}

function addAnswer(key, entry) {
  const added = add(key, entry);
  if (key === store.current) inspect(added);
}

function messageFor(person, event) {
  const { shape, callback, twice } = store.options;
  return {
    person: { user_key: store.current, is_friend: person.isFriend, app_user_id: person.appUserId },
    event: { ...event, last_block: person.lastBlock },
    contexts: person.contexts, shape, callback, twice,
  };
}

function speak(words, event = {}) {
  const key = store.current;
  const person = personOf(key);
  add(key, { type: "me", text: words });
  if (!person.withHuman) deliver(key, messageFor(person, { utterance: words, ...event }));
}

function count(key, step) {
  pending[key] = (pending[key] ?? 0) + step;
  if (key === store.current) chat.typing(pending[key]);
}

async function deliver(key, message) {
  count(key, 1);
  try {
    arrive(key, message, await send(message));
  } catch {
    addAnswer(key, { type: "bot", message, delivery: { outcome: "offline" } });
  } finally {
    count(key, -1);
  }
}

function arrive(key, message, { request, block, contexts, deliveries }) {
  Object.assign(personOf(key), { lastBlock: block, contexts });
  deliveries.forEach((delivery, i) => addAnswer(key, { type: "bot", message, request, block, delivery, again: i > 0 }));
  const waiting = deliveries.find((delivery) => delivery.callback);
  if (waiting) follow(key, waiting.callback, request, block);
}

async function follow(key, token, request, block) {
  if (following.has(token)) return;
  following.add(token);
  const delivery = await lateAnswer(token).catch(() => null) ?? { outcome: "forgotten" };
  for (const entry of personOf(key).entries) if (entry.delivery?.callback === token) entry.settled = true;
  addAnswer(key, { type: "late", request, block, delivery });
  if (key === store.current) for (const dots of document.querySelectorAll(".waiting .dots")) dots.remove();
}

// The bot spoke first. What was kept while the window was closed is drawn at once and not read out.
function takeNews(items, first) {
  for (const item of items) NEWS[item.kind](item, first);
  save();
  if (first && items.length) switched();
}

const NEWS = {
  push: takePush,
  preview: ({ url, status, elsewhere }) => { keepPreview(url, { status, elsewhere }); refresh(); },
};

function takePush({ owner, at, request, block, delivery }, first) {
  if (!people.has(owner)) return; // a person of another window
  const entry = { type: "push", at, request, block, delivery };
  const person = personOf(owner);
  person.lastBlock = block;
  if (owner !== store.current) people.unread(owner, first);
  if (first) person.entries.push(entry);
  else addAnswer(owner, entry);
}

function resume() {
  for (const [key, { entries }] of Object.entries(store.people)) {
    for (const { delivery, settled, request, block } of entries) {
      if (delivery?.callback && !settled) follow(key, delivery.callback, request, block);
    }
  }
}

const PRESS = {
  message: ({ source, label, target }, entry) => speak(target.messageText || label,
    { source, action: "message", extra: target.extra ?? null, referrer: entry.block }),
  block: ({ source, label, target }, entry) => speak(target.messageText || label,
    { source, action: "block", block_id: target.blockId, extra: target.extra ?? null, referrer: entry.block }),
  phone: ({ target }) => note(`전화를 걸어요: ${target.phoneNumber} (시뮬레이터는 진짜로 걸지 않아요)`),
  share: () => note("친구에게 보내는 창이 열려요. (시뮬레이터에서는 여기까지예요)"),
  operator: () => withHuman(true),
};

function press(what, entry) {
  const chip = what.source === "quick_reply";
  (PRESS[what.action] ?? (() => note(`카카오톡이 모르는 버튼이에요: ${what.action}`)))(what, entry);
  if (chip) (finePointer.matches ? composer : byId("log")).focus({ preventScroll: true }); // the chip is gone
}

const note = (text) => add(store.current, { type: "note", text });

function withHuman(yes) {
  personOf(store.current).withHuman = yes;
  note(yes ? "상담원에게 연결했어요." : "상담이 끝났어요. 이제 보람이 답해요.");
  showHuman();
  byId(yes ? "human-end" : "composer").focus();
}

const showHuman = () => { byId("human").hidden = !personOf(store.current).withHuman; };

function switched() {
  const person = personOf(store.current);
  chat.drawAll(person);
  chat.typing(pending[store.current] ?? 0);
  inspect(person.entries.findLast((entry) => entry.delivery));
  showHuman();
}

function look(entry) {
  byId("inspector").open = true;
  inspect(entry);
  byId("inspector").querySelector("summary").focus();
  byId("inspector").scrollIntoView({ block: "nearest" });
}

function grow() {
  composer.style.height = "auto";
  composer.style.height = `${Math.min(composer.scrollHeight, 120)}px`;
}

function connectComposer() {
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const words = composer.value;
    if (!words.trim()) return;
    composer.value = "";
    grow();
    speak(words);
    composer.focus();
  });
  composer.addEventListener("input", grow);
  composer.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return; // Hangul still being put together
    event.preventDefault();
    byId("form").requestSubmit();
  });
}

function clear() {
  Object.assign(personOf(store.current), { entries: [], contexts: [], lastBlock: null, withHuman: false });
  save();
  switched();
  announce("대화를 지웠어요");
  composer.focus();
}

chat.connect({ press, inspect: look, start: () => { speak(HELLO); composer.focus(); },
  retry: (entry) => deliver(store.current, { ...entry.message }) });
people.connect(switched);
connectComposer();
byId("clear").addEventListener("click", clear);
byId("human-end").addEventListener("click", () => withHuman(false));
byId("send-length").addEventListener("click", () => speak("가".repeat(Math.max(0, byId("length").valueAsNumber || 0))));
switched();
resume();
listen("push,preview", store, takeNews);
