// The other numbers that tell the classes apart.
import { h } from "../slack/dom.js";
import { amount, span } from "./words.js";

const KINDS = [
  { key: "unclaimed", title: "Outflow nobody claims", says: (p) => `${amount(p.unclaimed)} USDT`, bad: (p) => p.unclaimed > 0 },
  { key: "drift", title: "Books against chain", says: (p) => (p.drift ? `${amount(p.drift)} USDT apart` : "match"), bad: (p) => p.drift > 0 },
  { key: "latency", title: "Counterparty answers", says: (p) => (p.latency >= 10_000 ? `not within ${span(p.latency / 1000)}` : `in ${p.latency} ms`), bad: (p) => p.latency >= 10_000 },
  { key: "failing", title: "Withdrawals failing", says: (p) => `${(p.failing * 100).toFixed(p.failing < 0.1 ? 1 : 0)} %`, bad: (p) => p.failing > 0.05 },
];

/** The card; `update({points, ok})` draws it. */
export function signalsCard() {
  const cells = KINDS.map((kind) => ({ kind, value: h("dd", {}) }));
  const card = h("article", { class: "w-card", "aria-labelledby": "w-signals-title" }, h("header", { class: "w-card-head" }, h("h3", { id: "w-signals-title" }, "Telling signs")), h("dl", { class: "w-signs" }, ...cells.map(({ kind, value }) => h("div", {}, h("dt", {}, kind.title), value))));

  function update({ points, ok }) {
    const last = points.at(-1);
    for (const { kind, value } of cells) {
      value.textContent = ok && last ? kind.says(last) : ok ? "not measured yet" : "unknown";
      value.dataset.tone = ok && last ? (kind.bad(last) ? "danger" : "") : "unknown";
    }
  }

  return { card, update };
}
