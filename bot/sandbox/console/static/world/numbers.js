// The charts: what each shows, how it is said in words, and the table behind it.
import { fill, h } from "../slack/dom.js";
import { draw } from "./chart.js";
import { stretches } from "./spans.js";
import { amount, clock, count, span } from "./words.js";

const MINUTE = 60_000;
const LEAST = 30 * MINUTE;
const MOST = 360 * MINUTE;
const WITHDRAWALS = { name: "withdrawals", prefix: "withdrawals.limit" };
const COVER_TOP = 4;

const cover = (value) => (value >= 1000 ? "nothing to cover" : `${value.toFixed(2)} ×`);

export const CHARTS = [
  {
    id: "hot",
    title: "Hot wallet",
    unit: "USDT",
    series: [{ key: "hot", tone: "accent", area: true, name: "Hot wallet" }],
    lanes: [WITHDRAWALS, { name: "refills", prefix: "rebalancing" }],
    says: (p) => `${amount(p.hot)} USDT`,
    more: (p) => (p.refill ? `Refill within 6 h: ${amount(p.refill)} USDT${p.refill_eta === null ? "" : `, the first in ${span(p.refill_eta)}`}` : "No refill within 6 h"),
  },
  {
    id: "queue",
    title: "Withdrawals waiting",
    unit: "USDT",
    series: [{ key: "queue_value", tone: "warn", area: true, name: "Value waiting" }],
    lanes: [WITHDRAWALS, { name: "checks", prefix: "withdrawals.risk" }],
    says: (p) => `${count(p.queue_count)} worth ${amount(p.queue_value)} USDT`,
    more: (p) => (p.queue_count ? `The oldest waits ${p.queue_oldest >= 60 ? span(p.queue_oldest) : "less than a minute"}` : "Nobody waits"),
  },
  {
    id: "flows",
    title: "In and out",
    unit: "USDT an hour",
    series: [
      { key: "requested", tone: "muted", dashed: true, name: "Asked for" },
      { key: "outflow", tone: "danger", name: "Out" },
      { key: "inflow", tone: "ok", name: "In" },
    ],
    lanes: [WITHDRAWALS],
    says: (p) => `${amount(p.outflow)} out, ${amount(p.inflow)} in`,
    more: (p) => `${amount(p.requested)} USDT an hour asked for`,
  },
  {
    id: "coverage",
    title: "Coverage",
    unit: "×",
    series: [{ key: "coverage", tone: "accent", name: "Coverage" }],
    marks: [
      { at: 1, words: "1: obligations covered", tone: "danger", keep: true, below: true },
      { at: 1.5, words: "1.5: may reopen", tone: "muted", keep: true },
    ],
    cap: COVER_TOP,
    lanes: [WITHDRAWALS],
    says: (p) => cover(p.coverage),
    more: () => "Hot wallet and refill ÷ queue and six hours of requests",
    tone: (p) => (p.coverage < 1 ? "danger" : p.coverage < 1.5 ? "warn" : ""),
  },
  {
    id: "price",
    title: "Price",
    unit: "USDT for 1 BTC",
    series: [{ key: "price", tone: "unknown", name: "BTC-USDT" }],
    zero: false,
    lanes: [
      { name: "trading", prefix: "trading" },
      { name: "book", prefix: "orders" },
    ],
    says: (p) => `${count(p.price)} USDT`,
    more: (p) => `${p.move > 0 ? "+" : p.move < 0 ? "−" : ""}${Math.abs(p.move).toFixed(1)} % within an hour; the axis does not begin at zero`,
    tone: (p) => (Math.abs(p.move) >= 8 ? "warn" : ""),
  },
];

/** One chart as a card. `update` draws it anew from {points, clock, spans, controls, ok, tick}. */
export function chartCard(kind) {
  const value = h("p", { class: "w-value" });
  const more = h("p", { class: "w-more" });
  const age = h("span", { class: "w-age" });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("class", "w-chart");
  const table = h("div", { class: "w-table-box" });
  const behind = h("details", { class: "w-behind" }, h("summary", {}, `${kind.title} as a table`), table);
  const card = h(
    "article",
    { class: "w-card", "aria-labelledby": `w-${kind.id}` },
    h("header", { class: "w-card-head" }, h("h3", { id: `w-${kind.id}` }, kind.title, h("span", { class: "w-unit" }, kind.unit)), age),
    value,
    more,
    svg,
    legend(kind),
    behind,
  );
  let seen = null;
  const size = new ResizeObserver(() => seen && paint());
  size.observe(card);
  behind.addEventListener("toggle", () => seen && rows());

  function paint() {
    const { points, now, spans, controls, ok, tick, lost } = seen;
    const width = Math.max(240, Math.floor(svg.getBoundingClientRect().width || card.clientWidth - 26));
    const first = points[0]?.t ?? now;
    const from = Math.max(first, now - MOST);
    const to = Math.max(now, from + LEAST);
    const lanes = kind.lanes.map((lane) => ({ name: lane.name, parts: stretches(spans, lane.prefix, controls) }));
    const mine = points.filter((one) => one.t >= from);
    draw(svg, { points: mine, from, to, now, known: ok ? now : lost, tick, series: kind.series, marks: kind.marks, lanes, zero: kind.zero ?? true, cap: kind.cap, quiet: ok ? null : lost, width });
    svg.setAttribute("aria-label", spoken(kind, mine, lanes, ok));
  }

  function rows() {
    if (!behind.open) return;
    const every = seen.points.filter((_, at, all) => (all.length - 1 - at) % 10 === 0).slice(-24);
    const head = h("tr", {}, h("th", { scope: "col" }, "UTC"), ...kind.series.map((one) => h("th", { scope: "col" }, `${one.name}, ${kind.unit}`)));
    const cells = (p) => kind.series.map((one) => h("td", {}, kind.unit === "×" ? p[one.key].toFixed(2) : count(p[one.key])));
    fill(table, h("table", { class: "w-table" }, h("caption", { class: "unseen" }, `${kind.title}, every ten minutes`), h("thead", {}, head), h("tbody", {}, ...every.map((p) => h("tr", {}, h("th", { scope: "row" }, clock(p.t)), ...cells(p))))));
  }

  function update(view) {
    seen = view;
    const last = view.points.at(-1);
    const known = view.ok && last;
    value.textContent = known ? kind.says(last) : view.ok ? "Nothing measured yet" : "Unknown";
    value.dataset.tone = known ? (kind.tone?.(last) ?? "") : "unknown";
    more.textContent = known ? kind.more(last) : view.ok ? "The first numbers come within a minute of business time" : "The marketplace does not answer";
    paint();
    rows();
  }

  const grow = (now) => {
    const last = seen?.points.at(-1);
    age.textContent = last ? (seen.ok ? `${span((now - last.t) / 1000)} old` : `last seen ${clock(last.t)} UTC`) : "";
  };
  return { card, update, grow };
}

function legend(kind) {
  if (kind.series.length < 2) return null;
  return h("ul", { class: "w-legend", "aria-hidden": "true" }, ...kind.series.map((one) => h("li", { class: `w-key w-${one.tone}${one.dashed ? " w-dashed" : ""}` }, one.name)));
}

function spoken(kind, points, lanes, ok) {
  if (!points.length) return `${kind.title}: nothing measured yet`;
  const [first, last] = [points[0], points.at(-1)];
  const minutes = Math.round((last.t - first.t) / MINUTE);
  const each = kind.series.map((one) => {
    const values = points.map((p) => p[one.key]);
    const say = (value) => (kind.unit === "×" ? value.toFixed(2) : amount(value));
    return `${one.name}, ${say(values[0])} to ${say(values.at(-1))}, lowest ${say(Math.min(...values))}, highest ${say(Math.max(...values))}`;
  });
  const held = lanes.flatMap((lane) => lane.parts.slice(-2).map((part) => `${lane.name} ${part.label} from ${clock(part.from)}${part.to ? ` to ${clock(part.to)}` : " on"}`));
  const silent = ok ? "" : ". No answer since";
  return `${kind.title} in ${kind.unit} over ${minutes} minutes: ${each.join("; ")}${held.length ? `. Limits: ${held.join(", ")}` : ""}${silent}`;
}
