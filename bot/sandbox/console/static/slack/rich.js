// Rich text blocks.
import { h } from "./dom.js";
import { dateNode } from "./dates.js";
import { emoji } from "./emoji.js";
import { channelLink, link, mention } from "./mrkdwn.js";
import { state } from "./state.js";

const STYLES = [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"], ["code", "code"]];

export function richText(block) {
  return block.elements.map((part) => {
    if (part.type === "rich_text_list") {
      return h(
        part.style === "ordered" ? "ol" : "ul",
        { class: part.indent ? `indent-${Math.min(part.indent, 4)}` : null, start: part.offset ? part.offset + 1 : null },
        part.elements.map((item) => h("li", {}, pieces(item.elements))),
      );
    }
    const tag = { rich_text_preformatted: "pre", rich_text_quote: "blockquote" }[part.type] ?? "p";
    return h(tag, tag === "pre" ? { class: "code" } : {}, pieces(part.elements));
  });
}

function pieces(elements) {
  return elements.map((piece) => STYLES.reduce((node, [name, tag]) => (piece.style?.[name] ? h(tag, {}, node) : node), bare(piece)));
}

function bare(piece) {
  if (piece.type === "text") return broken(piece.text);
  if (piece.type === "link") return link(piece.url, piece.text);
  if (piece.type === "user") return mention(piece.user_id);
  if (piece.type === "channel") return channelLink(piece.channel_id);
  if (piece.type === "usergroup") return h("span", { class: "mention" }, `@${state.groups.get(piece.usergroup_id)?.handle ?? piece.usergroup_id}`);
  if (piece.type === "emoji") return emoji(piece.name) ?? `:${piece.name}:`;
  if (piece.type === "broadcast") return h("span", { class: "mention me" }, `@${piece.range}`);
  if (piece.type === "date") return dateNode(`${piece.timestamp}^${piece.format}`, piece.fallback ?? "");
  return String(piece.value ?? "");
}

function broken(text) {
  return h("span", {}, text.split("\n").flatMap((line, i) => [i ? h("br") : "", line]));
}
