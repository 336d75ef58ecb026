// A list of messages that is drawn anew piece by piece, keeping focus, place and whatever is being pressed.
import { day } from "./dates.js";
import { h, rove } from "./dom.js";
import { draw } from "./message.js";

const CLOSE = 300;
const NEAR = 80;

/** A list of messages in `box`. `show(messages)` brings it up to date. */
export class MessageList {
  constructor(box, options = {}) {
    this.box = box;
    this.options = options;
    this.nodes = new Map();
    this.pressed = null;
    this.sticks = true;
    this.latest = [];
    box.addEventListener("keydown", (event) => this.keys(event));
    box.addEventListener("focusin", (event) => this.here(event.target.closest("[data-ts]")));
    box.addEventListener("scroll", () => {
      this.sticks = this.atEnd;
    });
    box.addEventListener("load", () => this.sticks && this.toEnd(), { capture: true });
    box.addEventListener("pointerdown", (event) => {
      this.pressed = event.target.closest("[data-ts]")?.dataset.ts ?? null;
    });
    // A redraw between press and release would swallow the click.
    document.addEventListener("pointerup", () => this.pressed && setTimeout(() => this.release(), 60));
  }

  get atEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR;
  }

  clear() {
    this.nodes.clear();
    this.box.replaceChildren();
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
  }

  show(messages) {
    this.latest = messages;
    const stay = this.atEnd;
    const wanted = [];
    let before = null;
    for (const message of messages) {
      if (!before || day(before.ts) !== day(message.ts)) wanted.push(this.rule(day(message.ts)));
      wanted.push(this.node(message, this.joins(before, message)));
      before = message;
    }
    this.arrange(wanted);
    const alive = new Set(messages.map((one) => one.ts));
    for (const key of this.nodes.keys()) {
      if (!alive.has(key) && !key.startsWith("day ")) this.nodes.delete(key);
    }
    this.here(this.box.querySelector("[data-ts][tabindex='0']") ?? [...this.box.querySelectorAll("[data-ts]")].at(-1));
    if (stay) this.toEnd();
  }

  joins(before, message) {
    if (!before || Boolean(before.ephemeral) !== Boolean(message.ephemeral)) return false;
    const headed = message.blocks?.[0]?.type === "header" || message.reply_count > 0;
    return !headed && before.user === message.user && Number(message.ts) - Number(before.ts) < CLOSE;
  }

  rule(words) {
    const key = `day ${words}`;
    if (!this.nodes.has(key)) this.nodes.set(key, { node: h("div", { class: "day" }, h("span", {}, words)) });
    return this.nodes.get(key).node;
  }

  node(message, joined) {
    const held = this.nodes.get(message.ts);
    if (held && held.message === message && held.joined === joined) return held.node;
    if (held && this.pressed === message.ts) return held.node;
    const node = draw(message, { ...this.options, joined });
    if (held) this.swap(held.node, node);
    this.nodes.set(message.ts, { node, message, joined });
    return node;
  }

  swap(old, fresh) {
    const at = document.activeElement;
    const inside = old.contains(at);
    const key = inside ? at.dataset.key : null;
    fresh.tabIndex = old.tabIndex;
    old.replaceWith(fresh);
    if (inside) ((key && fresh.querySelector(`[data-key="${CSS.escape(key)}"]`)) || fresh).focus({ preventScroll: true });
  }

  arrange(wanted) {
    let at = this.box.firstChild;
    for (const node of wanted) {
      if (node === at) at = at.nextSibling;
      else this.box.insertBefore(node, at);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  release() {
    this.pressed = null;
    this.show(this.latest);
  }

  /** One message, and what can be pressed in it, is in the tab order. */
  here(current) {
    const all = [...this.box.querySelectorAll("[data-ts]")];
    if (!all.length || !current) return;
    rove(all, current);
    for (const node of all) {
      for (const one of node.querySelectorAll("button, a, input, select, textarea")) one.tabIndex = node === current ? 0 : -1;
    }
  }

  keys(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (!event.target.matches?.("[data-ts]")) {
      if (event.key === "Escape" && event.target.closest("[data-ts]")) event.target.closest("[data-ts]").focus();
      return;
    }
    const all = [...this.box.querySelectorAll("[data-ts]")];
    const at = all.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(to, all.length - 1))].focus();
  }
}
