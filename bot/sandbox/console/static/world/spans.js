// When controls stood off normal, laid out as stretches with one label each.
import { plain } from "./words.js";

const family = (id, prefix) => id === prefix || id.startsWith(`${prefix}.`);

/** Stretches of one family of controls: {from, to, label, words}, in milliseconds; `to` is null while it lasts. */
export function stretches(spans, prefix, controls) {
  const members = controls.filter((one) => family(one.id, prefix)).length;
  const mine = spans.filter((one) => family(one.control, prefix)).map((one) => ({ ...one, begin: Date.parse(one.from), end: one.to ? Date.parse(one.to) : Infinity }));
  const edges = [...new Set(mine.flatMap((one) => [one.begin, one.end]))].sort((a, b) => a - b);
  const found = [];
  for (let at = 0; at + 1 < edges.length; at += 1) {
    const [from, to] = [edges[at], edges[at + 1]];
    const now = mine.filter((one) => one.begin <= from && one.end >= to);
    if (!now.length) continue;
    const piece = { from, to: to === Infinity ? null : to, ...label(now, members) };
    const before = found.at(-1);
    if (before && before.to === from && before.label === piece.label) before.to = piece.to;
    else found.push(piece);
  }
  // Twelve controls move one after the other within moments: the moments between are no stretches of their own.
  return found.filter((one) => one.to === null || one.to - one.from > 20_000);
}

function label(now, members) {
  const levels = [...new Set(now.map((one) => one.level))];
  const incidents = [...new Set(now.flatMap((one) => one.incidents))];
  const most = levels.length === 1 ? plain(levels[0]) : `${now.length} limits`;
  const some = levels.length === 1 && now.length < members ? ` ${now.length}/${members}` : "";
  const titles = [...new Set(now.map((one) => `${one.title}: ${one.level_title}`))];
  return { label: `${most}${some}`, words: titles.join("; "), incidents };
}
