// What the window remembers until its tab closes: people, their chats, the options.

const KEY = "boram-simulator";
const LONGEST = 200; // entries of one chat
const MOST_PREVIEWS = 300;
const MOST_RAW = 40; // newest entries that keep their raw JSON

const fresh = () => ({ current: "", cursor: "", people: {}, previews: {}, extra: [], options: { callback: false, twice: false, shape: "full" } });

function load() {
  try {
    return { ...fresh(), ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
  } catch {
    return fresh();
  }
}

export const store = load();

export function save() {
  for (const person of Object.values(store.people)) {
    person.entries.splice(0, person.entries.length - LONGEST);
    for (const entry of person.entries.slice(0, -MOST_RAW)) forgetRaw(entry);
  }
  try {
    sessionStorage.setItem(KEY, JSON.stringify(store));
  } catch { // the browser's storage is full: the chat lives on in this page
    sessionStorage.removeItem(KEY);
  }
}

function forgetRaw(entry) {
  delete entry.request;
  delete entry.message;
  if (entry.delivery?.outcome === "shown") delete entry.delivery.reply;
}

export function personOf(key) {
  store.people[key] ??= {
    isFriend: true, appUserId: appUserIdOf(key), unread: 0, entries: [], contexts: [], lastBlock: null,
    withHuman: false,
  };
  return store.people[key];
}

// What the link preview of an address met: {status, elsewhere}.
export function keepPreview(url, found) {
  store.previews[url] = found;
  const [oldest] = Object.keys(store.previews);
  if (Object.keys(store.previews).length > MOST_PREVIEWS) delete store.previews[oldest];
}

// A key as long and as meaningless as Kakao's own.
export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(33));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A persona is connected to Kakao Login under a number of their own; a new person is not.
function appUserIdOf(key) {
  return document.querySelector(`input[name="person"][value="${CSS.escape(key)}"]`)?.dataset.appUserId ?? "";
}
