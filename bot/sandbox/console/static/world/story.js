// The story being told: what it is, which alerts fire, and what has come over the wire.
import { fill, h } from "../slack/dom.js";
import { clock, clockSeconds } from "./words.js";

const SHOWN = 4;

/** The card; `update(story, ok)` draws it, `choose` opens the picker. */
export function storyCard({ choose }) {
  const title = h("h3", {});
  const text = h("p", { class: "w-tale" });
  const good = h("p", {});
  const behind = h("details", { class: "w-behind" }, h("summary", {}, "What a good commander does"), good);
  const alerts = h("ul", { class: "w-alerts", "aria-label": "Alerts that fire" });
  const wire = h("ol", { class: "w-wire", "aria-label": "What has come over the wire, newest first" });
  const button = h("button", { type: "button", class: "button", on: { click: choose } }, "Choose a scenario");
  const card = h("article", { class: "w-card w-tell" }, h("header", { class: "w-card-head" }, title, button), text, alerts, wire, behind);
  let drawn = "";

  function update(story) {
    const key = JSON.stringify(story && [story.told, story.wire.length, story.alerts, story.cause_ended]);
    if (key === drawn) return;
    drawn = key;
    card.hidden = !story;
    if (!story) return;
    const calm = story.name === "calm";
    title.textContent = story.title;
    text.textContent = calm ? `${story.story} Choose what goes wrong, and command.` : story.story;
    button.textContent = calm ? "Choose a scenario" : "Another scenario";
    button.classList.toggle("primary", calm);
    behind.hidden = calm;
    good.textContent = story.good;
    fill(alerts, ...story.alerts.map((one) => h("li", { class: "w-alert" }, h("b", {}, one.summary), h("span", {}, ` since ${clock(one.since)} UTC`))));
    alerts.hidden = !story.alerts.length;
    fill(wire, ...story.wire.slice(-SHOWN).reverse().map((one) => h("li", {}, h("time", { datetime: one.at, title: `${clockSeconds(one.at)} UTC` }, clock(one.at)), h("p", {}, h("b", {}, one.source), " ", one.text))));
    wire.hidden = !story.wire.length;
  }

  return { card, update };
}
