// Dialogs: the browser keeps the focus inside and everything else out of reach; we give the focus back.
import { h, icon } from "./dom.js";
import { textOf, wordsOf } from "./mrkdwn.js";

let count = 0;

/** Remember where the focus is, so that it can return there even when the place was drawn anew. */
export function bookmark() {
  const at = document.activeElement;
  const ts = at?.closest?.("[data-ts]")?.dataset.ts;
  const key = at?.dataset?.key;
  return () => {
    if (at?.isConnected && at !== document.body) return at.focus();
    const message = ts && document.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    const again = key && (message || document).querySelector(`[data-key="${CSS.escape(key)}"]`);
    (again || message || document.querySelector("#text"))?.focus();
  };
}

/** A dialog with a title, a body and a row of buttons; `onClose` runs when Escape or its cross is pressed. */
export function dialog(title, body, buttons, { onClose, wide = false, alert = false } = {}) {
  const id = `dialog-${(count += 1)}`;
  const giveBack = bookmark();
  const cross = h("button", { type: "button", class: "quiet square", "aria-label": "Close", on: { click: () => leave() } }, icon("close"));
  const node = h(
    "dialog",
    { class: wide ? "dialog wide" : "dialog", "aria-labelledby": id, role: alert ? "alertdialog" : null },
    h("header", { class: "dialog-head" }, h("h2", { id }, title), cross),
    h("div", { class: "dialog-body" }, body),
    buttons.length ? h("footer", { class: "dialog-foot" }, buttons) : null,
  );
  const leave = () => (onClose ? onClose() : close());
  const close = () => {
    if (!node.isConnected) return;
    node.close();
    node.remove();
    giveBack();
  };
  node.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  document.body.append(node);
  node.showModal();
  return { node, close };
}

/** Ask what a confirmation object asks; resolves to whether the person says yes. */
export function confirmed(asked) {
  if (!asked) return Promise.resolve(true);
  return new Promise((resolve) => {
    const answer = (yes) => {
      box.close();
      resolve(yes);
    };
    const style = asked.style === "danger" ? "button danger" : "button primary";
    const no = h("button", { type: "button", class: "button", on: { click: () => answer(false) } }, wordsOf(asked.deny));
    const yes = h("button", { type: "button", class: style, on: { click: () => answer(true) } }, wordsOf(asked.confirm));
    const box = dialog(wordsOf(asked.title), h("p", {}, textOf(asked.text)), [no, yes], {
      onClose: () => answer(false),
      alert: true,
    });
    no.focus();
  });
}
