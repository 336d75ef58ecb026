// What the page says itself: one sentence above the composer, and words for screen readers.
import { h, icon } from "./dom.js";

/** Say what went wrong, in one sentence, where the person is looking. */
export function tell(sentence, { good = false, action = null } = {}) {
  const box = document.getElementById("notice");
  box.classList.toggle("good", good);
  if (!sentence) return box.replaceChildren();
  const away = h("button", { type: "button", class: "quiet square", "aria-label": "Put away", on: { click: () => box.replaceChildren() } }, icon("close"));
  if (!action) return box.replaceChildren(h("p", {}, sentence), away);
  const follow = () => {
    box.replaceChildren();
    action.run();
  };
  return box.replaceChildren(h("p", {}, sentence), h("button", { type: "button", class: "button", on: { click: follow } }, action.words), away);
}

/** Speak to screen readers without showing anything. */
export function announce(sentence) {
  const log = document.getElementById("log");
  log.append(h("p", {}, sentence));
  while (log.children.length > 20) log.firstChild.remove();
}
