// Who is speaking, and how their messages are sent.

import { announce, byId, el } from "./dom.js";
import { personOf, randomKey, save, store } from "./store.js";

const people = byId("people");
const narrow = matchMedia("(max-width: 899px)");

export function connect(switched) {
  for (const extra of store.extra) people.append(radio(extra));
  const wanted = new URLSearchParams(location.search).get("persona");
  choose([wanted, store.current].find((key) => input(key)) ?? "persona-new");
  people.addEventListener("change", (event) => { choose(event.target.value); switched(); });
  people.addEventListener("click", (event) => { // a touch on a phone leads back to the chat; arrow keys do not
    if (narrow.matches && event.detail > 0) byId("setup").open = false;
  });
  byId("new-person").addEventListener("click", () => { addPerson(); switched(); });
  connectOptions();
  foldForPhones();
}

const input = (key) => (key ? people.querySelector(`input[value="${CSS.escape(key)}"]`) : null);

export const has = (key) => input(key) !== null;

// A message came into a chat that is not open: a dot on its person, and a word for screen readers.
export function unread(key, silent = false) {
  personOf(key).unread += 1;
  drawUnread();
  if (!silent) announce(`${input(key).dataset.name}에게 새 알림이 왔어요`);
}

function drawUnread() {
  let all = 0;
  for (const each of people.querySelectorAll("input")) {
    const count = personOf(each.value).unread;
    all += count;
    each.parentElement.querySelector(".unread")?.remove();
    if (count) each.parentElement.append(dot(`안 읽은 알림 ${count}개`));
  }
  byId("unread-all").replaceChildren(...(all ? [dot(`안 읽은 알림 ${all}개`)] : []));
}

const dot = (words) => el("span", { class: "unread", "data-testid": "unread", title: words },
  el("span", { class: "hidden" }, words));

function radio({ key, name }) {
  return el("label", { class: "person" },
    el("input", { type: "radio", name: "person", value: key, "data-testid": "added-person", "data-name": name }),
    el("span", { class: "person-name" }, name), el("span", { class: "person-about" }, `${key.slice(0, 12)}…`));
}

function addPerson() {
  const added = { key: randomKey(), name: `새로운 사람 ${store.extra.length + 1}` };
  store.extra.push(added);
  people.append(radio(added));
  choose(added.key);
  input(added.key).focus();
}

function choose(key) {
  store.current = key;
  const chosen = input(key);
  chosen.checked = true;
  byId("persona-now").textContent = chosen.dataset.name;
  byId("speaking-as").textContent = `나는 지금 ${chosen.dataset.name}`;
  const person = personOf(key);
  byId("is-friend").checked = person.isFriend;
  byId("app-user-id").value = person.appUserId;
  person.unread = 0;
  drawUnread();
  save();
}

function connectOptions() {
  const { options } = store;
  for (const name of ["callback", "twice"]) {
    byId(name).checked = options[name];
    byId(name).addEventListener("change", (event) => { options[name] = event.target.checked; save(); });
  }
  byId("shape").value = options.shape;
  byId("shape").addEventListener("change", (event) => { options.shape = event.target.value; save(); });
  byId("is-friend").addEventListener("change", (event) => { personOf(store.current).isFriend = event.target.checked; save(); });
  byId("app-user-id").addEventListener("change", (event) => { personOf(store.current).appUserId = event.target.value.trim(); save(); });
}

// On a phone the chat comes first: the panels start folded, and unfold again on a wide screen.
function foldForPhones() {
  const fold = () => { for (const id of ["setup", "inspector"]) byId(id).open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
}
