// Where a person writes: messages, answers, slash commands with completion, global shortcuts.
import { deed } from "./api.js";
import { none, suggestions } from "./complete.js";
import { h, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { tell } from "./notice.js";
import { nameOf, on, state, titleOf } from "./state.js";

const TALLEST = 180;

export class Composer {
  constructor(foot, { id }) {
    this.place = null;
    this.drafts = new Map();
    this.offered = none();
    this.active = -1;
    this.busy = false;
    this.build(foot, id);
    on("me", () => this.place && this.moveTo(this.place));
  }

  build(foot, id) {
    this.text = h("textarea", {
      id,
      rows: "1",
      "aria-autocomplete": "list",
      "aria-controls": `${id}-list`,
      "aria-describedby": `${id}-foot`,
      autocomplete: "off",
      spellcheck: "true",
      on: { input: () => this.typed(), keydown: (event) => this.keys(event), blur: () => this.offer(none()), click: () => this.typed() },
    });
    this.label = h("label", { for: id, class: "unseen" });
    this.list = h("div", { id: `${id}-list`, class: "completion", role: "listbox", "aria-label": "Suggestions", hidden: true });
    this.hint = h("p", { id: `${id}-foot`, class: "completion-foot", hidden: true });
    this.pop = h("div", { class: "completion-box", hidden: true }, this.list, this.hint);
    this.bolt = h("button", { type: "button", class: "quiet square", "aria-label": "Shortcuts", title: "Shortcuts", "aria-haspopup": "menu", "aria-expanded": "false", on: { click: () => this.shortcuts() } }, icon("bolt"));
    this.sender = h("button", { type: "button", class: "send", "aria-label": "Send", title: "Send (Enter)", on: { click: () => this.send() } }, icon("send"));
    this.shell = h("div", { class: "composer" }, this.pop, this.label, id === "text" ? this.bolt : null, this.text, this.sender);
    this.closed = h("div", { class: "composer-closed", hidden: true });
    foot.append(this.shell, this.closed);
  }

  focus() {
    if (!this.shell.hidden) this.text.focus();
  }

  /** Write here from now on; what was begun elsewhere waits there. */
  moveTo(place) {
    if (this.key) this.drafts.set(this.key, this.text.value);
    this.place = place;
    this.key = `${state.me}/${place.channel}/${place.thread ?? ""}`;
    this.text.value = this.drafts.get(this.key) ?? "";
    this.offer(none());
    this.grow();
    this.channelChanged();
  }

  /** Put words in, as if typed. */
  suggest(words) {
    this.text.value = words;
    this.grow();
    this.text.focus();
    this.text.setSelectionRange(words.length, words.length);
  }

  channelChanged() {
    if (!this.place) return;
    const channel = state.channels.get(this.place.channel);
    const first = nameOf(state.me).split(" ")[0];
    const where = channel?.is_im ? titleOf(channel, state.me) : `#${channel?.name ?? ""}`;
    const words = this.place.thread ? `Reply as ${first}` : `Message ${where} as ${first}`;
    this.label.textContent = words;
    const narrow = matchMedia("(max-width: 560px)").matches;
    this.text.placeholder = this.place.thread ? words : narrow ? "Message, or / for commands" : `${words} — or type / for commands`;
    const outside = channel && !channel.members.includes(state.me);
    const closed = channel?.is_archived ? "This channel is archived; it can still be read." : outside ? `${first} is not in this channel.` : "";
    this.shell.hidden = Boolean(closed);
    this.closed.hidden = !closed;
    if (closed === this.closed.dataset.words) return;
    this.closed.dataset.words = closed;
    const join = () => deed("join", { channel: this.place.channel });
    this.closed.replaceChildren(h("p", {}, closed));
    if (outside && !channel.is_archived) this.closed.append(h("button", { type: "button", class: "button", on: { click: join } }, "Join the channel"));
  }

  async send() {
    const words = this.text.value.trim();
    if (!words || this.busy) return;
    if (words.startsWith("/") && this.place.thread) return tell("Slash commands do not run in threads; type it in the channel.");
    const { key } = this;
    this.offer(none());
    this.setBusy(true);
    const { channel, thread } = this.place;
    const answer = words.startsWith("/")
      ? await deed("command", { channel, text: words })
      : await deed("message", { channel, text: words, ...(thread ? { thread_ts: thread } : {}) });
    this.setBusy(false);
    tell(answer.sentence);
    if (!answer.ok) return;
    this.drafts.delete(key);
    if (this.key === key && this.text.value.trim() === words) this.text.value = "";
    this.grow();
  }

  setBusy(busy) {
    this.busy = busy;
    this.sender.setAttribute("aria-busy", String(busy));
    this.text.readOnly = busy;
  }

  shortcuts() {
    const items = (state.app?.shortcuts ?? [])
      .filter((one) => one.type === "global")
      .map((one) => ({ text: one.name, note: one.description, value: one.callback_id }));
    if (!items.length) return tell("The bot offers no shortcuts.");
    return openMenu(this.bolt, items, {
      label: "Shortcuts",
      onPick: async (item) => tell((await deed("shortcut", { callback_id: item.value })).sentence),
    });
  }

  typed() {
    this.grow();
    this.offer(suggestions(this.text.value.slice(0, this.text.selectionStart)));
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, TALLEST)}px`;
  }

  offer(offered) {
    this.offered = offered;
    const { items, eager, foot } = offered;
    this.pop.hidden = this.list.hidden = !items.length;
    this.hint.hidden = !foot;
    this.hint.textContent = foot;
    const pick = (event, item) => {
      event.preventDefault();
      this.take(item);
    };
    this.list.replaceChildren(
      ...items.map((item, at) =>
        h(
          "div",
          { id: `${this.text.id}-option-${at}`, role: "option", class: "suggestion", "aria-selected": "false", on: { pointerdown: (event) => pick(event, item) } },
          h("span", { class: "suggestion-text" }, item.text),
          item.hint ? h("span", { class: "suggestion-hint" }, item.hint) : null,
          item.note ? h("span", { class: "suggestion-note" }, item.note) : null,
        ),
      ),
    );
    this.mark(eager && items.length ? 0 : -1);
  }

  mark(at) {
    this.active = at;
    [...this.list.children].forEach((node, i) => node.setAttribute("aria-selected", String(i === at)));
    const current = this.list.children[at];
    if (current) this.text.setAttribute("aria-activedescendant", current.id);
    else this.text.removeAttribute("aria-activedescendant");
    current?.scrollIntoView({ block: "nearest" });
  }

  take(item) {
    const caret = this.text.selectionStart;
    const { value } = this.text;
    const head = value.slice(0, caret - item.replaces) + item.insert;
    this.text.value = head + value.slice(caret).trimStart();
    this.text.setSelectionRange(head.length, head.length);
    this.text.focus();
    this.typed();
  }

  keys(event) {
    const { items } = this.offered;
    const plain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing;
    if (items.length && plain && this.completing(event)) return event.preventDefault();
    if (event.key === "Enter" && plain) {
      event.preventDefault();
      return this.send();
    }
    if (event.key === "ArrowUp" && plain && !this.text.value) {
      event.preventDefault();
      [...(this.shell.closest("#conversation, #panel")?.querySelectorAll("[data-ts]") ?? [])].at(-1)?.focus();
    }
    return null;
  }

  completing(event) {
    const { items } = this.offered;
    const { key } = event;
    if (key === "ArrowDown") this.mark((this.active + 1) % items.length);
    else if (key === "ArrowUp") this.mark((this.active - 1 + items.length) % items.length);
    else if (key === "Tab") this.take(items[Math.max(0, this.active)]);
    else if (key === "Enter" && this.active >= 0) this.take(items[this.active]);
    else if (key === "Escape") this.offer(none());
    else return false;
    return true;
  }
}
