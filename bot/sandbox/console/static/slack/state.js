// What the page knows of the workspace, and who is told when it changes.
import { kept } from "./dom.js";

export const state = {
  me: kept.get("me", "U01ALICE"),
  epoch: "",
  connection: "connecting",
  app: null,
  people: new Map(),
  groups: new Map(),
  channels: new Map(),
  messages: new Map(),
  loaded: new Map(),
  modals: new Map(),
  homes: new Map(),
  place: { kind: "none" },
  panel: null,
  read: {},
};

const listeners = new Map();

/** Be told of a topic: me, people, added, channels, message, messages, modal, home, place, panel, connection. */
export function on(topic, listener) {
  for (const one of [topic].flat()) {
    if (!listeners.has(one)) listeners.set(one, []);
    listeners.get(one).push(listener);
  }
}

export function emit(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) listener(detail);
}

/** Take one frame of the stream. */
export function take(event, number, data) {
  ({ snapshot, message, channel, modal, home, people }[event] ?? (() => {}))(data, number);
}

/** Take the messages of a channel as the server gave them at change `number`. */
export function takeMessages(channelId, found, number) {
  state.loaded.set(channelId, number);
  for (const one of found) put(channelId, one, number);
  emit("messages", channelId);
}

/** All loaded messages of a channel that this person may see, oldest first. */
export function visible(channelId, user, thread = null) {
  const all = [...(state.messages.get(channelId)?.values() ?? [])].map((entry) => entry.message);
  return all
    .filter((m) => !m.ephemeral_to || m.ephemeral_to === user)
    .filter((m) => (thread ? m.ts === thread || m.thread_ts === thread : !m.thread_ts || m.thread_ts === m.ts))
    .sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

export function find(channelId, ts) {
  return state.messages.get(channelId)?.get(ts)?.message ?? null;
}

/** Whether something waits there for this person: `any` new message, and how many `calls` of them by name. */
export function unread(user, channel) {
  const since = state.read[user]?.[channel.id] ?? "";
  const any = Boolean(channel.latest && channel.latest[0] > since && channel.latest[1] !== user);
  const calls = channel.calls.filter(([ts, called]) => ts > since && called.includes(user)).length;
  return { any, calls };
}

/** How many calls wait for a person in all open channels. */
export function waiting(user) {
  return joined(user).reduce((sum, channel) => sum + unread(user, channel).calls, 0);
}

/** The open conversations that a person is in. */
export function joined(user) {
  return [...state.channels.values()].filter((c) => c.members.includes(user) && !c.is_archived);
}

/** Everything shown in a channel so far is read by this person. */
export function markRead(user, channelId) {
  const channel = state.channels.get(channelId);
  if (!channel) return;
  const stamps = [channel.latest?.[0] ?? "", ...channel.calls.map(([ts]) => ts)];
  const newest = stamps.reduce((a, b) => (a > b ? a : b), "");
  const marks = (state.read[user] ??= {});
  if ((marks[channelId] ?? "") >= newest) return;
  marks[channelId] = newest;
  kept.set("read", { epoch: state.epoch, marks: state.read });
  emit("channels");
}

export function become(user) {
  if (user === state.me) return;
  state.me = user;
  kept.set("me", user);
  emit("me");
}

export function goTo(place) {
  state.place = place;
  emit("place");
}

export function openPanel(panel) {
  state.panel = panel;
  emit("panel");
}

export function setConnection(how) {
  if (state.connection === how) return;
  state.connection = how;
  emit("connection");
}

/** The name by which a person is shown. */
export function nameOf(id) {
  return state.people.get(id)?.real_name ?? id;
}

/** What a conversation is called for this person. */
export function titleOf(channel, user) {
  if (!channel) return "";
  if (!channel.is_im) return channel.name;
  return nameOf(channel.members.find((member) => member !== user) ?? user);
}

function snapshot(data, number) {
  const same = state.epoch === data.epoch;
  state.epoch = data.epoch;
  const read = kept.get("read", {});
  state.read = read.epoch === data.epoch ? read.marks : {};
  state.app = data.app;
  if (!same) state.place = { kind: "none" };
  for (const store of [state.channels, state.messages, state.loaded, state.modals, state.homes]) store.clear();
  people(data);
  for (const one of data.channels) state.channels.set(one.id, one);
  for (const one of data.modals) state.modals.set(one.user, one);
  for (const one of data.homes) state.homes.set(one.user, one.view);
  state.panel = null;
  for (const topic of ["snapshot", "people", "channels", "modal", "home", "panel"]) emit(topic, number);
}

function people(data) {
  state.people = new Map(data.users.map((one) => [one.id, one]));
  state.groups = new Map(data.groups.map((one) => [one.id, one]));
  emit("people");
}

function message(data, number) {
  const { channel: id, ts, message: found } = data;
  if (!found) {
    state.messages.get(id)?.delete(ts);
    emit("message", { channel: id, ts, fresh: false });
    return;
  }
  const known = state.channels.get(id);
  const fresh = known && !seenBefore(known, found);
  if (fresh) count(known, found);
  // Kept before the channel is loaded too: an answer that is on its way may be older than this.
  if (put(id, found, number)) emit("message", { channel: id, ts, message: found, fresh });
  if (fresh) emit("channels");
}

function put(id, found, number) {
  if (!state.messages.has(id)) state.messages.set(id, new Map());
  const store = state.messages.get(id);
  const held = store.get(found.ts);
  if (held && held.number > number) return false;
  store.set(found.ts, { message: found, number });
  return JSON.stringify(held?.message) !== JSON.stringify(found);
}

function seenBefore(channel, found) {
  if (channel.calls.some(([ts]) => ts === found.ts)) return true;
  return Boolean(!found.ephemeral_to && channel.latest && channel.latest[0] >= found.ts);
}

function count(channel, found) {
  if (!found.ephemeral_to) channel.latest = [found.ts, found.user];
  if (found.calls.length) channel.calls.push([found.ts, found.calls]);
}

function channel(data) {
  const before = state.channels.get(data.id)?.members ?? [];
  state.channels.set(data.id, data);
  if (data.members.includes(state.me) && !before.includes(state.me)) emit("added", data);
  emit("channels");
  emit("channel", data.id);
}

function modal(data) {
  state.modals.set(data.user, data);
  emit("modal");
}

function home(data) {
  state.homes.set(data.user, data.view);
  emit("home");
}
