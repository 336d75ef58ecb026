// What the page says itself: one sentence above the composer, and words for screen readers.
import { h, icon } from "./dom.js";

/** Say what went wrong, in one sentence, where the person is looking. */
export function tell(sentence) {
  const box = document.getElementById("notice");
  if (!sentence) return box.replaceChildren();
  const away = h("button", { type: "button", class: "quiet square", "aria-label": "Put away", on: { click: () => box.replaceChildren() } }, icon("close"));
  return box.replaceChildren(h("p", {}, sentence), away);
}

/** Speak to screen readers without showing anything. */
export function announce(sentence) {
  const log = document.getElementById("log");
  log.append(h("p", {}, sentence));
  while (log.children.length > 20) log.firstChild.remove();
}
