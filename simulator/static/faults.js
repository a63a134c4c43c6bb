// Switches what goes wrong at the providers. The page holds percents, the server shares from 0 to 1.

import { byId, el } from "./dom.js";

const form = byId("form");
const providers = [...form.querySelectorAll("[data-provider]")];
const percent = (share) => Math.round(share * 1e6) / 1e4;

function inputs(provider, receipts) {
  return [...provider.querySelectorAll("input[type=number]")].filter((input) =>
    Boolean(input.closest("[data-group=receipts]")) === receipts);
}

const shown = (input, value) => { input.value = input.dataset.unit === "%" ? percent(value) : value; };
const typed = (input) => Number(input.value) / (input.dataset.unit === "%" ? 100 : 1);
const numbers = (list) => Object.fromEntries(list.map((input) => [input.name, typed(input)]));
const field = (provider, name) => provider.querySelector(`[name=${name}]`);

function fill(faults) {
  byId("seed").value = faults.seed;
  for (const provider of providers) {
    const its = faults[provider.dataset.provider];
    field(provider, "mode").checked = its.mode === "sink";
    inputs(provider, false).forEach((input) => shown(input, its[input.name]));
    inputs(provider, true).forEach((input) => shown(input, its.receipts[input.name]));
    field(provider, "outcomes").value = Object.entries(its.outcomes).map(([name, code]) => `${name} = ${code}`).join("\n");
    field(provider, "failures").value = Object.entries(its.failures).map(([code, share]) => `${code} = ${percent(share)}`).join("\n");
    tell(provider, its);
  }
}

function tell(provider, its) {
  const wrong = [its, its.receipts].flatMap(Object.values).filter((value) => typeof value === "number" && value > 0).length
    + [its.outcomes, its.failures].filter((some) => Object.keys(some).length).length + (its.mode === "sink" ? 1 : 0);
  const state = provider.querySelector(".provider-state");
  state.textContent = wrong ? `바꾼 것 ${wrong}가지` : "정상";
  state.classList.toggle("changed", wrong > 0);
}

// "name = value" a line; the field itself says what is wrong with it.
function pairs(area, read) {
  area.setCustomValidity("");
  const found = {};
  for (const line of area.value.split("\n").map((each) => each.trim()).filter(Boolean)) {
    const parts = line.split("=").map((part) => part.trim());
    const value = parts.length === 2 && parts[0] && parts[1] ? read(parts[1]) : null;
    if (value === null) area.setCustomValidity(`이 줄은 읽을 수 없어요: ${line}`);
    else found[parts[0]] = value;
  }
  return found;
}

const share = (words) => (/^\d+(\.\d+)?%?$/.test(words) && parseFloat(words) <= 100 ? parseFloat(words) / 100 : null);

function read(provider) {
  const its = { mode: field(provider, "mode").checked ? "sink" : "play", ...numbers(inputs(provider, false)) };
  its.outcomes = pairs(field(provider, "outcomes"), (code) => code);
  its.failures = pairs(field(provider, "failures"), share);
  return { ...its, receipts: numbers(inputs(provider, true)) };
}

function say(words, wrong = false) {
  byId("said").classList.toggle("wrong", wrong);
  byId("said").replaceChildren(el("span", {}, words));
}

async function call(method, address, body) {
  const response = await fetch(address, {
    method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body),
  });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(answer.error ?? String(response.status));
  return answer;
}

// Does one thing, shows what came of it; a failure leaves everything typed where it is.
async function act(words, what) {
  try {
    await what();
    await count();
    if (words) say(words);
  } catch (problem) {
    say(`그대로 두었어요. ${problem.message}`, true);
  }
}

async function count() {
  const ledger = await call("GET", "api/ledger");
  for (const provider of providers) {
    const { taken, double } = ledger[provider.dataset.provider];
    const twice = Object.keys(double).length;
    provider.querySelector(".provider-count").textContent = `받은 메시지 ${taken}통${twice ? `, 두 번 받은 것 ${twice}통` : ""}`;
  }
}

// What stands in a closed fold cannot be pointed at.
const openWrong = () => form.querySelectorAll(":invalid").forEach((wrong) => { wrong.closest("details")?.setAttribute("open", ""); });

byId("form").noValidate = true; // validated here, after the folds are open
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const faults = Object.fromEntries(providers.map((provider) => [provider.dataset.provider, read(provider)]));
  openWrong();
  if (!form.reportValidity()) { say(form.querySelector("input:invalid, textarea:invalid").validationMessage, true); return; }
  act("이대로 할게요.", async () => fill(await call("PUT", "api/faults", { seed: Number(byId("seed").value), ...faults })));
});
form.addEventListener("input", (event) => event.target.setCustomValidity?.(""));
byId("clear").addEventListener("click", () => act("모두 고쳤어요.", async () => fill(await call("DELETE", "api/faults"))));
byId("empty").addEventListener("click", () => act("센 것을 비웠어요.", () => call("DELETE", "api/ledger")));
act("", async () => fill(await call("GET", "api/faults")));
