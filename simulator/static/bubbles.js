// Draws every component of a SkillResponse as KakaoTalk does. `press(what)` is called for what is pressed:
// {source, action, label, target}, target being the button, item or chip as the skill sent it.

import { el, isWebAddress, withLinks } from "./dom.js";
import { carousel } from "./carousel.js";

const FOLD = 500; // characters of a plain bubble shown before 전체 보기
const won = new Intl.NumberFormat("ko-KR");
const list = (value) => (Array.isArray(value) ? value : []);

export function drawBubble(output, context) {
  const [name] = Object.keys(output ?? {});
  try {
    const draw = OUTPUTS[name];
    return draw ? draw(output[name], context) : broken(`모르는 말풍선이에요: ${name ?? "비어 있음"}`);
  } catch (error) { // only a reply that breaks the rules gets here
    return broken(`그릴 수 없는 ${name}예요: ${error.message}`);
  }
}

function broken(words) {
  return el("div", { class: "bubble broken", "data-testid": "bubble-unknown" }, words);
}

function box(name, className, ...children) {
  return el("div", { class: className, "data-testid": `bubble-${name}` }, ...children);
}

function simpleText({ text }, { read }) {
  if (text.length <= FOLD) return box("simpleText", "bubble text", ...withLinks(text));
  return box("simpleText", "bubble text",
    el("span", {}, ...withLinks(text.slice(0, FOLD)), "…"),
    el("button", { type: "button", class: "more", "data-testid": "show-all", click: () => read(withLinks(text)) },
      "전체 보기"));
}

function simpleImage({ imageUrl, altText }, { read }) {
  return el("button", {
    type: "button", class: "picture", "data-testid": "bubble-simpleImage", "aria-label": `${altText || "사진"} 크게 보기`,
    click: () => read([picture(imageUrl, altText)], altText || "사진"),
  }, picture(imageUrl, altText));
}

// A picture that cannot be fetched is replaced by what it would have shown.
function picture(address, alt = "") {
  if (!isWebAddress(address)) return missing(alt);
  const image = el("img", { src: address, alt: alt ?? "", loading: "lazy", referrerpolicy: "no-referrer" });
  image.addEventListener("error", () => image.replaceWith(missing(alt)));
  return image;
}

function missing(alt) {
  return el("span", { class: "missing", "data-testid": "picture-missing" }, alt || "이미지를 불러오지 못했어요");
}

function thumbnail(image, square) {
  if (!image) return null;
  const drawn = picture(image.imageUrl, image.altText);
  const link = image.link?.web ?? image.link?.mobile ?? image.link?.pc;
  const inside = isWebAddress(link)
    ? el("a", { href: link, target: "_blank", rel: "noopener noreferrer",
      "aria-label": image.altText || "이미지 자세히 보기" }, drawn) : drawn;
  return el("div", { class: `thumbnail ${square ? "square" : "wide"}` }, inside);
}

function words(title, description) {
  if (!title && !description) return null;
  return el("div", { class: "words" },
    title ? el("p", { class: "title" }, title) : null,
    description ? el("p", { class: "description" }, description) : null);
}

function card(name, context, ...children) {
  return box(name, context.inCarousel ? "card in-carousel" : "card", ...children);
}

function buttons(of, context, square = false) {
  const all = list(of.buttons);
  if (!all.length) return null;
  const layout = of.buttonLayout ?? (square ? "horizontal" : "vertical");
  return el("div", { class: `buttons ${layout === "horizontal" ? "horizontal" : "vertical"}` },
    all.map((button) => buttonOf(button, context)));
}

function buttonOf(button, { press }) {
  if (button.action === "webLink") return webLink(button);
  const source = "card_button";
  return el("button", {
    type: "button", "data-testid": `button-${button.action}`,
    click: () => press({ source, action: button.action, label: button.label, target: button }),
  }, button.label, button.action === "phone" ? el("span", { class: "hidden" }, " 전화") : null);
}

function webLink({ label, webLinkUrl }) {
  if (!isWebAddress(webLinkUrl)) return broken(`열 수 없는 주소예요: ${webLinkUrl}`);
  return el("a", { href: webLinkUrl, target: "_blank", rel: "noopener noreferrer", "data-testid": "button-webLink" },
    label, el("span", { class: "hidden" }, " (새 탭)"));
}

function forwardIcon(of, context) {
  if (!of.forwardable || of.buttons?.length || context.inCarousel) return null;
  if (list(of.items).some((item) => item.link)) return null;
  return el("button", {
    type: "button", class: "forward", "aria-label": "전달하기", "data-testid": "forward",
    click: () => context.press({ source: "card_button", action: "share", label: "전달", target: of }),
  }, "➦");
}

function textCard(of, context) {
  return card("textCard", context, words(of.title, of.description), buttons(of, context));
}

function basicCard(of, context) {
  const square = of.thumbnail?.fixedRatio === true;
  return card("basicCard", context, thumbnail(of.thumbnail, square), words(of.title, of.description),
    buttons(of, context, square), forwardIcon(of, context));
}

function commerceCard(of, context) {
  const [image] = list(of.thumbnails);
  const square = image?.fixedRatio === true;
  return card("commerceCard", context, thumbnail(image, square), profile(of.profile),
    price(of), words(of.title, of.description), buttons(of, context, square));
}

// discountedPrice always wins, as at Kakao.
function price({ price: full, discount, discountRate, discountedPrice }) {
  const now = discountedPrice ?? full - (discount ?? 0);
  const rate = discountedPrice !== undefined && discountRate ? `${discountRate}%` : null;
  return el("p", { class: "price" },
    rate ? el("strong", { class: "rate" }, rate) : null,
    el("strong", {}, `${won.format(now)}원`),
    now < full ? el("s", {}, el("span", { class: "hidden" }, "원래 "), `${won.format(full)}원`) : null);
}

function profile(of) {
  if (!of) return null;
  return el("div", { class: "profile" },
    of.imageUrl ? el("span", { class: "round" }, picture(of.imageUrl)) : null,
    el("span", {}, of.nickname ?? of.title ?? ""));
}

function listCard(of, context) {
  return card("listCard", context, el("p", { class: "list-head" }, of.header?.title ?? ""),
    el("ul", { class: "rows" }, list(of.items).map((item) => el("li", {}, row(item, context)))),
    buttons(of, context), forwardIcon(of, context));
}

function row(item, { press }) {
  const inside = [el("span", { class: "row-words" },
    el("span", { class: "row-title" }, item.title),
    item.description ? el("span", { class: "row-about" }, item.description) : null),
  item.imageUrl ? el("span", { class: "row-image" }, picture(item.imageUrl)) : null];
  const link = item.link?.web ?? item.link?.mobile ?? item.link?.pc;
  if (item.action) {
    return el("button", { type: "button", class: "row", "data-testid": "list-item",
      click: () => press({ source: "list_item", action: item.action, label: item.title, target: item }) }, ...inside);
  }
  if (isWebAddress(link)) {
    return el("a", { class: "row", href: link, target: "_blank", rel: "noopener noreferrer",
      "data-testid": "list-item" }, ...inside);
  }
  return el("div", { class: "row", "data-testid": "list-item" }, ...inside);
}

function itemCard(of, context) {
  const square = of.thumbnail?.height !== undefined && of.thumbnail.height === of.thumbnail.width;
  const alignment = of.itemListAlignment === "right" ? "right" : "left";
  return card("itemCard", context, of.head ? el("p", { class: "item-head" }, of.head.title) : null,
    thumbnail(of.thumbnail, square), profile(of.profile), imageTitle(of.imageTitle),
    el("dl", { class: `items ${alignment}` }, list(of.itemList).map(fact), summary(of.itemListSummary)),
    words(of.title, of.description), buttons(of, context, false));
}

function fact({ title, description }) {
  return el("div", {}, el("dt", {}, title), el("dd", {}, description));
}

function summary(of) {
  return of ? el("div", { class: "summary" }, el("dt", {}, of.title), el("dd", {}, of.description)) : null;
}

function imageTitle(of) {
  if (!of) return null;
  return el("div", { class: "image-title" },
    el("div", {}, el("p", { class: "title" }, of.title), of.description ? el("p", { class: "about" }, of.description) : null),
    of.imageUrl ? el("span", { class: "row-image" }, picture(of.imageUrl)) : null);
}

function carouselOf(of, context) {
  const draw = CARDS[of.type];
  if (!draw) return broken(`모르는 캐러셀이에요: ${of.type}`);
  const inside = { ...context, inCarousel: true };
  const cards = list(of.items).map((item) => draw(item, inside));
  if (of.header) cards.unshift(carouselHead(of.header));
  return carousel(cards);
}

function carouselHead({ title, description, thumbnail: image }) {
  return el("div", { class: "card in-carousel carousel-head", "data-testid": "carousel-head" },
    el("div", { class: "carousel-head-image" }, picture(image?.imageUrl, image?.altText)),
    el("div", { class: "words" }, el("p", { class: "title" }, title), el("p", { class: "description" }, description)));
}

const CARDS = { textCard, basicCard, commerceCard, listCard, itemCard };
const OUTPUTS = { simpleText, simpleImage, carousel: carouselOf, ...CARDS };
