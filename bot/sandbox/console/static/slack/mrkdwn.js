// Slack's markup → nodes. Nothing here ever becomes HTML: every piece of text is a text node.
import { h } from "./dom.js";
import { dateNode } from "./dates.js";
import { emoji, withEmoji } from "./emoji.js";
import { state } from "./state.js";
import { goToMessage, openChannel } from "./go.js";

const PIECES = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    "(?<![\\w*_~])(?<mark>[*_~])(?=\\S)(?<body>[^\\n]*?\\S)\\k<mark>(?![\\w*_~])",
    ":(?<emoji>[a-z0-9_+'-]+):",
  ].join("|"),
  "g",
);
const TAGS = { "*": "strong", _: "em", "~": "s" };
const ARCHIVE = /^https?:\/\/[\w.-]+\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})/;
const BULLET = /^\s*[•◦▪]\s+/;
const QUOTE = /^(?:&gt;|>)\s?/;

/** A mrkdwn text as block nodes: paragraphs, lists, quotes, code. */
export function mrkdwn(text) {
  const parts = text.split("```");
  if (parts.length % 2 === 0) parts.push(parts.splice(-2).join("```"));
  return parts.flatMap((part, index) => {
    if (index % 2) return h("pre", { class: "code" }, plain(part.replace(/^\n/, "").replace(/\n$/, "")));
    return runs(part.replace(/^\n|\n$/g, index ? "" : "$&"));
  });
}

/** One line of mrkdwn as inline nodes. */
export function inline(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(PIECES)) {
    const node = piece(found.groups);
    if (node === null) continue;
    if (found.index > from) nodes.push(plain(text.slice(from, found.index)));
    nodes.push(node);
    from = found.index + found[0].length;
  }
  if (from < text.length) nodes.push(plain(text.slice(from)));
  return nodes;
}

/** A text object, plain or mrkdwn, as inline nodes. */
export function textOf(object) {
  if (!object) return [];
  if (object.type === "mrkdwn") return object.text.split("\n").flatMap((line, i) => [i ? h("br") : "", ...inline(line)]);
  return [object.emoji === false ? object.text : withEmoji(object.text)];
}

/** A text object as words alone, for labels and announcements. */
export function wordsOf(object) {
  return object ? h("span", {}, textOf(object)).textContent : "";
}

/** A link, if its address is one that may be followed; else its words. */
export function link(address, label) {
  const jump = ARCHIVE.exec(address);
  const words = label || address.replace(/^mailto:/, "");
  if (jump) {
    const [, channel, seconds, rest] = jump;
    const go = () => goToMessage(channel, `${seconds}.${rest}`);
    return h("button", { type: "button", class: "link", on: { click: go } }, words);
  }
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return words;
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words);
}

/** A mention of a person. */
export function mention(id, label) {
  const me = id === state.me;
  const name = state.people.get(id)?.real_name ?? label ?? id;
  return h("span", { class: me ? "mention me" : "mention" }, `@${name}`);
}

/** A channel's name that leads there. */
export function channelLink(id, label) {
  const name = state.channels.get(id)?.name ?? label ?? "a private channel";
  if (!state.channels.has(id)) return h("span", { class: "mention" }, `#${name}`);
  const go = () => openChannel(id);
  return h("button", { type: "button", class: "link mention", on: { click: go } }, `#${name}`);
}

function runs(text) {
  const nodes = [];
  let group = null;
  for (const line of text.split("\n")) {
    const kind = BULLET.test(line) ? "ul" : QUOTE.test(line) ? "blockquote" : "p";
    if (group?.kind !== kind) {
      group = { kind, lines: [] };
      nodes.push(group);
    }
    group.lines.push(line.replace({ ul: BULLET, blockquote: QUOTE }[kind] ?? /^$/, ""));
  }
  return nodes.filter(({ lines }) => lines.some((line) => line.trim())).map(drawn);
}

function drawn({ kind, lines }) {
  if (kind === "ul") return h("ul", {}, lines.map((line) => h("li", {}, inline(line))));
  return h(kind, {}, lines.flatMap((line, i) => [i ? h("br") : "", ...inline(line)]));
}

function piece({ code, angle, mark, body, emoji: name }) {
  if (code) return h("code", {}, plain(code));
  if (angle) return angled(angle);
  if (mark) return h(TAGS[mark], {}, inline(body));
  const drawing = emoji(name);
  return drawing ? h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, drawing) : null;
}

function angled(inner) {
  const bar = inner.indexOf("|");
  const target = unescape(bar < 0 ? inner : inner.slice(0, bar));
  const label = bar < 0 ? "" : unescape(inner.slice(bar + 1));
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) return channelLink(target.slice(1), label);
  if (target.startsWith("!date^")) return dateNode(target.slice(6), label);
  if (target.startsWith("!subteam^")) return group(target.slice(9), label);
  if (target.startsWith("!")) return h("span", { class: "mention me" }, `@${target.slice(1).split("^")[0]}`);
  return link(target, label);
}

function group(id, label) {
  return h("span", { class: "mention" }, label || `@${state.groups.get(id)?.handle ?? id}`);
}

function plain(text) {
  return document.createTextNode(unescape(text));
}

function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
