// One message, drawn from its blocks.
import { deed } from "./api.js";
import { blocks } from "./blocks.js";
import { clock, full } from "./dates.js";
import { h, icon } from "./dom.js";
import { emoji } from "./emoji.js";
import { openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { tell } from "./notice.js";
import { avatar } from "./people.js";
import { attachment } from "./pictures.js";
import { nameOf, openPanel, state } from "./state.js";

/** Draw a message; `joined` when it follows another of the same author closely. */
export function draw(message, { joined = false, inThread = false } = {}) {
  const author = nameOf(message.user);
  const isApp = message.user === state.app?.bot_user;
  const head = h(
    "div",
    { class: "message-head" },
    h("span", { class: "author" }, author),
    isApp ? h("span", { class: "badge" }, "App") : null,
    time(message),
  );
  return h(
    "article",
    {
      class: ["message", joined && "joined", message.ephemeral && "private"].filter(Boolean).join(" "),
      tabindex: "-1",
      "data-ts": message.ts,
      "aria-label": `${author}, ${clock(message.ts)} UTC${message.ephemeral ? ", only visible to you" : ""}`,
    },
    joined ? h("span", { class: "aside" }, time(message)) : h("span", { class: "aside" }, avatar(message.user)),
    h(
      "div",
      { class: "message-body" },
      message.ephemeral && !joined ? h("p", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
      joined ? null : head,
      h("div", { class: "content" }, content(message)),
      reactions(message),
      inThread ? null : answers(message),
    ),
    toolbar(message, inThread),
  );
}

/** The words of a message, for announcing it. */
export function said(message) {
  const words = h("div", {}, mrkdwn(message.text ?? "")).textContent;
  return words.length > 200 ? `${words.slice(0, 200)} …` : words;
}

function content(message) {
  const ctx = { surface: "message", values: message.states?.[state.me], act: (block, one, value) => act(message, block, one, value) };
  const drawn = message.blocks?.length ? blocks(message.blocks, ctx) : h("div", { class: "prose" }, mrkdwn(message.text ?? ""));
  const attached = (message.attachments ?? []).map((one) =>
    h("div", { class: "attached" }, one.blocks ? blocks(one.blocks, ctx) : mrkdwn(String(one.text ?? ""))),
  );
  return [drawn, attached, (message.files ?? []).map(attachment), message.edited && !message.bot_id ? h("span", { class: "hint" }, " (edited)") : null];
}

async function act(message, block, one, value) {
  const twins = (message.blocks ?? []).filter((other) => JSON.stringify(other).includes(JSON.stringify(one.action_id))).length > 1;
  // Slack renames unnamed blocks whenever a message is redrawn; the action's own id stays.
  const where = twins ? { block_id: block.block_id } : {};
  const answer = await deed("click", { channel: message.channel, ts: message.ts, action_id: one.action_id, value, ...where });
  if (!answer.ok) tell(answer.sentence);
}

function time(message) {
  return h("time", { title: full(message.ts), datetime: new Date(Number(message.ts) * 1000).toISOString() }, clock(message.ts));
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h(
    "div",
    { class: "reactions" },
    message.reactions.map((one) =>
      h("span", { class: "reaction", title: one.users.map(nameOf).join(", ") }, `${emoji(one.name) ?? `:${one.name}:`} ${one.count}`),
    ),
  );
}

function answers(message) {
  if (!message.reply_count) return null;
  const label = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  return h("button", { type: "button", class: "link answers", "data-key": "answers", on: { click: () => thread(message) } }, icon("thread"), label);
}

function thread(message) {
  openPanel({ kind: "thread", channel: message.channel, ts: message.thread_ts ?? message.ts, focus: true });
}

function toolbar(message, inThread) {
  if (message.ephemeral) return null;
  const reply = h("button", { type: "button", class: "tool", "data-key": "reply", "aria-label": "Reply in thread", title: "Reply in thread", on: { click: () => thread(message) } }, icon("thread"));
  const menu = (state.app?.shortcuts ?? []).filter((one) => one.type === "message");
  const more = h(
    "button",
    {
      type: "button",
      class: "tool",
      "data-key": "more",
      "aria-label": "Message shortcuts",
      title: "Message shortcuts",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      on: { click: () => shortcuts(more, menu, message) },
    },
    icon("more"),
  );
  return h("div", { class: "tools" }, inThread ? null : reply, menu.length ? more : null);
}

function shortcuts(anchor, menu, message) {
  const items = menu.map((one) => ({ text: one.name, note: one.description, value: one.callback_id }));
  openMenu(anchor, items, {
    label: "Message shortcuts",
    onPick: async (item) => {
      const answer = await deed("shortcut", { callback_id: item.value, channel: message.channel, ts: message.ts });
      if (!answer.ok) tell(answer.sentence);
    },
  });
}
