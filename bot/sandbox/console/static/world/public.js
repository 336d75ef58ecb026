// What customers can read: the public status page, cut down to its words.
import { fill, h } from "../slack/dom.js";
import { clock } from "./words.js";

const TONES = { none: "ok", minor: "warn", major: "warn", critical: "danger" };
const HEALTH = { operational: "works", degraded_performance: "limited", partial_outage: "partly unavailable", major_outage: "unavailable" };

/** The card; `update(page)` draws it, null for one that does not answer. */
export function publicCard() {
  const head = h("p", { class: "w-value" });
  const told = h("div", { class: "w-told" });
  const parts = h("ul", { class: "w-parts" });
  const link = h("a", { class: "w-link", target: "_blank", rel: "noreferrer" }, "Open the page", h("span", { class: "unseen" }, " in another tab"));
  const behind = h("details", { class: "w-behind" }, h("summary", {}, "Every service"), parts);
  const card = h("article", { class: "w-card", "aria-labelledby": "w-public-title" }, h("header", { class: "w-card-head" }, h("h3", { id: "w-public-title" }, "Public status page"), link), head, told, behind);
  let drawn = "";

  function update(page) {
    const key = JSON.stringify(page);
    if (key === drawn) return;
    drawn = key;
    head.textContent = page ? page.headline : "Unknown: the page does not answer";
    head.dataset.tone = page ? (page.indicator === "none" ? "" : TONES[page.indicator]) : "unknown";
    link.hidden = !page;
    if (page) link.href = page.url;
    fill(told, ...(page?.incidents ?? []).map(incident));
    behind.hidden = !page;
    fill(parts, ...(page?.components ?? []).map(part));
  }

  return { card, update };
}

function incident(one) {
  const [latest, ...before] = one.updates;
  const next = one.next_update_at ? h("p", { class: "w-more" }, `Next word promised for ${clock(one.next_update_at)} UTC`) : null;
  const text = (update) => h("blockquote", { class: "w-said" }, h("p", { class: "w-when" }, `${clock(update.at)} UTC`), h("p", {}, update.body));
  return h("section", { class: "w-incident" }, latest ? text(latest) : null, next, before.length ? h("details", { class: "w-behind" }, h("summary", {}, `${before.length} earlier`), ...before.map(text)) : null);
}

function part(one) {
  const known = one.known;
  const tone = known ? (one.status === "operational" ? "ok" : "warn") : "unknown";
  return h("li", {}, h("span", {}, one.name), h("span", { class: `w-chip w-${tone}` }, known ? (HEALTH[one.status] ?? one.status) : "not confirmed"));
}
