// The one way elements are made. Words only ever become text nodes, so no reply can bring markup.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export const byId = (id) => document.getElementById(id);

export function isWebAddress(address) {
  return typeof address === "string" && /^https?:\/\/[^\s]+$/i.test(address);
}

// Phones make addresses in plain words pressable; a full stop after one is not part of it.
export function withLinks(text) {
  return String(text).split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,!?)])/).map((part) =>
    isWebAddress(part) ? el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part);
}

let speaking;
export function announce(words) {
  const status = byId("status");
  status.textContent = "";
  clearTimeout(speaking);
  speaking = setTimeout(() => { status.textContent = words; }, 50);
}
