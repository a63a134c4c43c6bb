// Cards side by side: swiped by finger, scrolled by wheel, stepped by arrow buttons and arrow keys.

import { el } from "./dom.js";

const smooth = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

export function carousel(cards) {
  const total = cards.length;
  let at = 0;
  const slides = cards.map((card, i) =>
    el("div", { class: "slide", role: "group", "aria-label": `${total}장 중 ${i + 1}번째` }, card));
  const track = el("div", {
    class: "track", tabindex: "0", role: "group", "aria-label": "카드 넘기기, 왼쪽 오른쪽 화살표로 움직여요",
    "data-testid": "carousel-track",
  }, slides);
  const place = el("span", { class: "place", "aria-live": "polite", "data-testid": "carousel-place" });
  const previous = arrow("이전 카드", "‹", "carousel-prev", () => go(at - 1));
  const next = arrow("다음 카드", "›", "carousel-next", () => go(at + 1));
  const node = el("div", {
    class: "carousel", role: "group", "aria-roledescription": "캐러셀", "aria-label": `카드 ${total}장`,
    "data-testid": "bubble-carousel", "data-at": "0",
  }, track, el("div", { class: "carousel-bar" }, previous, place, next));

  function show(index) {
    at = Math.max(0, Math.min(total - 1, index));
    node.dataset.at = at;
    place.textContent = `${at + 1} / ${total}`;
    previous.disabled = at === 0;
    next.disabled = at === total - 1;
  }

  function go(index) {
    const held = document.activeElement;
    show(index);
    track.scrollTo({ left: slides[at].offsetLeft - slides[0].offsetLeft, behavior: smooth() });
    if (held?.disabled) track.focus({ preventScroll: true }); // an arrow that just went out keeps no focus
  }

  track.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: total - 1 }[event.key];
    if (to === undefined || event.target !== track) return;
    event.preventDefault();
    go(to);
  });
  track.addEventListener("scrollend", () => show(nearest(track, slides)));
  show(0);
  return node;
}

function arrow(label, sign, testid, click) {
  return el("button", { type: "button", class: "arrow", "aria-label": label, "data-testid": testid, click }, sign);
}

// At the far end the last cards stand side by side, so the end of the track counts as the last card.
function nearest(track, slides) {
  if (track.scrollLeft + track.clientWidth >= track.scrollWidth - 2) return slides.length - 1;
  const distances = slides.map((slide) => Math.abs(slide.offsetLeft - slides[0].offsetLeft - track.scrollLeft));
  return distances.indexOf(Math.min(...distances));
}
