// The controls: what stands off normal, who holds it, and the rest on demand.
import { fill, h } from "../slack/dom.js";
import { list, plain } from "./words.js";

const WORDS = {
  normal: "normal",
  held: "as held",
  tighter: "tighter than held",
  looser: "looser than held",
  unheld: "held by no incident",
  other: "a value of no level",
  unknown: "unknown",
  unknown_holder: "holder unknown",
};
const TONES = { tighter: "warn", looser: "danger", unheld: "warn", other: "danger", unknown: "unknown", unknown_holder: "unknown" };

export const offNormal = (controls) => controls.filter((one) => one.state !== "normal" && one.state !== "unknown");

/** The card; `update(controls)` draws it. */
export function controlsCard() {
  const head = h("p", { class: "w-value" });
  const under = h("p", { class: "w-more" });
  const off = h("ul", { class: "w-controls" });
  const rest = h("ul", { class: "w-controls" });
  const summary = h("summary", {});
  const behind = h("details", { class: "w-behind" }, summary, rest);
  const card = h("article", { class: "w-card", "aria-labelledby": "w-controls-title" }, h("header", { class: "w-card-head" }, h("h3", { id: "w-controls-title" }, "Controls"), h("span", { class: "w-age" }, "as observed")), head, under, off, behind);
  let drawn = "";

  function update(controls) {
    const key = JSON.stringify(controls);
    if (key === drawn) return;
    drawn = key;
    const unknown = controls.filter((one) => one.state === "unknown");
    const moved = offNormal(controls);
    const normal = controls.filter((one) => one.state === "normal");
    head.textContent = unknown.length ? "Unknown" : moved.length ? `${moved.length} of ${controls.length} off normal` : "All at normal";
    head.dataset.tone = unknown.length ? "unknown" : "";
    const asked = [...new Set(moved.flatMap((one) => one.holders))];
    const odd = moved.filter((one) => one.state !== "held").length;
    under.textContent = !moved.length ? "" : odd ? `${odd} not as asked` : `All as ${list(asked)} asks`;
    fill(off, ...moved.map(row));
    off.hidden = !moved.length;
    summary.textContent = unknown.length ? `${unknown.length} that cannot be read` : `${normal.length} at normal`;
    fill(rest, ...(unknown.length ? unknown : normal).map(row));
  }

  return { card, update };
}

function row(one) {
  const asked = one.desired && one.desired !== one.observed ? `, asked for ${plain(one.desired)}` : "";
  const seen = one.observed === null ? "not readable" : one.observed_title;
  const tone = TONES[one.state];
  return h(
    "li",
    { class: "w-control" },
    h("div", { class: "w-what" }, h("b", {}, one.title), h("span", { class: "w-level" }, seen, asked)),
    h("div", { class: "w-side" }, one.holders.length ? h("span", { class: "w-holder" }, list(one.holders)) : null, tone ? h("span", { class: `w-chip w-${tone}` }, WORDS[one.state]) : null),
  );
}
