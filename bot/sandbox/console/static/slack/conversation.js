// The conversation in the middle: head, pinned line, messages, composer; or the Home tab.
import { deed, load } from "./api.js";
import { Composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { openChannel, settle } from "./go.js";
import { drawHome } from "./home.js";
import { MessageList } from "./list.js";
import { said } from "./message.js";
import { wordsOf } from "./mrkdwn.js";
import { announce, tell } from "./notice.js";
import { find, markRead, nameOf, on, openPanel, state, titleOf, unread, visible } from "./state.js";

/** Fill the middle of the page, and keep it so. */
export function conversation(main) {
  const head = h("header", { class: "place-head" });
  const pinned = h("div", { class: "pinned" });
  const box = h("div", { id: "messages", class: "messages", role: "group", "aria-label": "Messages" });
  const empty = h("p", { class: "empty-state", hidden: true });
  const jump = h("button", { type: "button", class: "jump", hidden: true }, h("span"), icon("down"));
  const home = h("div", { id: "home", class: "home", hidden: true });
  const foot = h("div", { class: "place-foot" });
  const list = new MessageList(box);
  const composer = new Composer(foot, { id: "text" });
  const notice = h("div", { id: "notice", class: "notice", role: "alert" });
  main.append(head, pinned, h("div", { class: "scroll-frame" }, box, empty, jump), home, notice, foot);
  const view = { head, pinned, box, empty, jump, home, foot, list, composer };
  jump.addEventListener("click", () => list.toEnd());
  box.addEventListener("scroll", () => seen(view));
  document.addEventListener("visibilitychange", () => seen(view));
  on("place", () => arrived(view));
  on("me", () => tell(""));
  on("added", (channel) => {
    if (channel.is_im || channel.id === state.place.id) return;
    const action = { words: "Open it", run: () => openChannel(channel.id) };
    tell(`You are now in ${channel.name}.`, { good: true, action });
  });
  on("messages", (channel) => channel === state.place.id && refresh(view));
  on("message", (change) => changed(view, change));
  on(["channel", "channels"], () => headline(view));
  on("home", () => state.place.kind === "home" && drawHome(home));
}

async function arrived(view) {
  const { place } = state;
  const isHome = place.kind === "home";
  view.home.hidden = !isHome;
  for (const part of [view.box.parentElement, view.foot, view.pinned]) part.hidden = isHome;
  headline(view);
  if (isHome) {
    drawHome(view.home);
    const answer = await deed("home_opened");
    if (!answer.ok) tell(answer.sentence);
    return;
  }
  view.list.clear();
  if (place.kind !== "channel") return note(view, "Nothing to show yet. Waiting for the sandbox …");
  view.composer.moveTo({ channel: place.id });
  if (place.focus) view.composer.focus();
  note(view, state.loaded.has(place.id) ? "" : "Loading messages …");
  const there = await load(place.id);
  if (state.place !== place) return;
  if (!there) return note(view, "The messages could not be loaded. They come as soon as the sandbox answers again.");
  refresh(view);
  view.list.toEnd();
  seen(view);
}

function refresh(view) {
  const { id } = state.place;
  if (!state.loaded.has(id)) return;
  const messages = visible(id, state.me);
  const channel = state.channels.get(id);
  note(view, messages.length ? "" : welcome(channel));
  view.list.show(messages);
  settle();
  seen(view);
}

function welcome(channel) {
  if (channel?.is_im) return "What Breakwater tells this person alone appears here.";
  return `Nothing has been said in #${channel?.name} yet. Type /incident declare and what you see, or choose a scenario in the marketplace and wait for its alert.`;
}

function note(view, words) {
  view.empty.textContent = words;
  view.empty.hidden = !words;
  view.box.hidden = Boolean(words);
}

function changed(view, { channel, message, fresh }) {
  if (state.place.kind === "channel" && channel === state.place.id) refresh(view);
  if (!fresh || !message || message.user === state.me) return;
  if (message.ephemeral_to && message.ephemeral_to !== state.me) return;
  const place = state.channels.get(channel);
  if (!place?.members.includes(state.me)) return;
  const where = channel === state.place.id ? "" : ` in ${titleOf(place, state.me)}`;
  announce(`${nameOf(message.user)}${where}${message.ephemeral ? ", only to you" : ""}: ${said(message)}`);
}

function seen(view) {
  const here = state.place.kind === "channel" && !document.hidden;
  view.jump.hidden = view.list.atEnd || view.box.hidden;
  const waits = here && unread(state.me, state.channels.get(state.place.id) ?? { calls: [] }).any;
  view.jump.firstChild.textContent = waits ? "New messages" : "To the newest";
  if (here && view.list.atEnd) markRead(state.me, state.place.id);
}

function headline(view) {
  const { place } = state;
  const channel = state.channels.get(place.id);
  if (place.kind === "home") return fillHead(view.head, "home", "Home", `What ${state.app?.name ?? "the bot"} shows ${nameOf(state.me)}`);
  if (!channel) return view.head.replaceChildren(h("h2", {}, "Breakwater sandbox"));
  const sign = channel.is_im ? "thread" : channel.is_private ? "lock" : "hash";
  const topic = channel.is_im ? "Direct messages" : channel.topic?.value || channel.purpose?.value || "";
  fillHead(view.head, sign, titleOf(channel, state.me), topic, members(channel));
  pinnedLine(view.pinned, channel);
  return view.composer.channelChanged();
}

function fillHead(head, sign, title, under, ...rest) {
  const signature = JSON.stringify([sign, title, under, rest.map((one) => one?.textContent)]);
  if (head.dataset.shown === signature) return;
  head.dataset.shown = signature;
  head.replaceChildren(h("h2", {}, icon(sign), h("span", {}, title)), h("p", { class: "topic", title: under }, under), ...rest.filter(Boolean));
  document.title = `${title} · ${nameOf(state.me)} · Breakwater sandbox`;
}

function members(channel) {
  if (channel.is_im) return null;
  const names = channel.members.map(nameOf).join(", ");
  return h("span", { class: "members", title: names }, icon("people"), h("span", { class: "unseen" }, `${names}: `), `${channel.members.length}`);
}

function pinnedLine(box, channel) {
  box.hidden = !channel.pins.length || channel.is_im;
  if (box.hidden) return;
  const newest = channel.pins.map((ts) => find(channel.id, ts)).filter(Boolean).at(-1);
  const header = newest?.blocks?.find((block) => block.type === "header");
  const words = header ? wordsOf(header.text) : newest ? said(newest) : "Pinned messages";
  const open = () => openPanel(state.panel?.kind === "pins" ? null : { kind: "pins", channel: channel.id, focus: true });
  if (box.dataset.words === words && box.firstChild) return;
  box.dataset.words = words;
  const focused = box.contains(document.activeElement);
  box.replaceChildren(
    h("button", { type: "button", class: "pin-line", "data-key": "pins", on: { click: open } }, icon("pin"), h("span", { class: "pin-words" }, words.replace(/^SANDBOX · /, "")), h("span", { class: "pin-open" }, "Card")),
  );
  if (focused) box.firstChild.focus();
}
