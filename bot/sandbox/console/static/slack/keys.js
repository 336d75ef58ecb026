// Shortcuts of the page, and the list of them.
import { dialog } from "./dialogs.js";
import { h } from "./dom.js";
import { openPanel, state, become } from "./state.js";
import { cast } from "./people.js";
import { step } from "./channels.js";

const KEYS = [
  ["?", "this list"],
  ["/", "write in the conversation; commands begin with /"],
  ["Alt + 1 … 6", "be Alice, Bob, Carol, Dana, Erin or Frank"],
  ["Alt + ↑ ↓", "the conversation above or below"],
  ["Alt + P", "the pinned card, and away again"],
  ["F6", "the next part of the page; Shift + F6 the one before"],
  ["↑ ↓", "from message to message, or in any list; Tab for what can be pressed there"],
  ["Tab", "in the composer: take the suggestion"],
  ["Shift + Enter", "a new line"],
  ["Esc", "close what is open"],
];
const PARTS = ["#people [role=radio][tabindex='0']", "#channels .entry[tabindex='0']", "#messages [data-ts][tabindex='0']", "#text", "#panel:not([hidden]) button", "#world"];

export function keyboard() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key === "?" && !typing) return act(event, showKeys);
    if (event.key === "/" && !typing) return act(event, () => document.querySelector("#text")?.focus());
    if (event.key === "F6") return act(event, () => cycle(event.shiftKey ? -1 : 1));
    if (event.altKey && !event.ctrlKey && !event.metaKey) return withAlt(event);
    return null;
  });
}

export function showKeys() {
  const rows = KEYS.map(([keys, what]) => h("div", { class: "key-row" }, h("dt", {}, keys.split(" ").map((one) => (/^(\+|…)$/.test(one) ? ` ${one} ` : h("kbd", {}, one)))), h("dd", {}, what)));
  const box = dialog("Keys", h("dl", { class: "keys" }, rows), []);
  return box;
}

function act(event, what) {
  event.preventDefault();
  what();
}

function withAlt(event) {
  const at = "123456".indexOf(event.code.replace("Digit", ""));
  if (event.code.startsWith("Digit") && at >= 0) return act(event, () => become(cast()[at].id));
  if (event.key === "ArrowDown") return act(event, () => step(1));
  if (event.key === "ArrowUp") return act(event, () => step(-1));
  if (event.code === "KeyP" && state.place.kind === "channel") {
    const open = state.panel?.kind === "pins";
    return act(event, () => openPanel(open ? null : { kind: "pins", channel: state.place.id, focus: true }));
  }
  return null;
}

function cycle(by) {
  const parts = PARTS.map((selector) => document.querySelector(selector)).filter((node) => node?.checkVisibility());
  const now = parts.findIndex((node) => holder(node)?.contains(document.activeElement));
  const next = parts[(now + by + parts.length) % parts.length];
  next?.focus();
}

function holder(node) {
  return node.id === "text" ? node.closest(".place-foot") : (node.closest("#people, #channels, #messages, #panel, #world") ?? node);
}
