// Going places: channels, messages, threads, Home.
import { load } from "./api.js";
import { find, goTo, joined, openPanel, state } from "./state.js";

let waiting = null;

export function openChannel(id, { focus = true } = {}) {
  goTo({ kind: "channel", id, focus });
  document.dispatchEvent(new CustomEvent("part", { detail: "slack" }));
}

export function openHome() {
  goTo({ kind: "home", focus: true });
  document.dispatchEvent(new CustomEvent("part", { detail: "slack" }));
}

/** Show a message where it stands, its thread opened if it lies in one. */
export async function goToMessage(channelId, ts) {
  waiting = { channelId, ts };
  if (state.place.kind !== "channel" || state.place.id !== channelId) openChannel(channelId, { focus: false });
  await load(channelId);
  const found = find(channelId, ts);
  if (found?.thread_ts && found.thread_ts !== ts) openPanel({ kind: "thread", channel: channelId, ts: found.thread_ts });
  settle();
}

/** Called after each drawing: bring the awaited message into view, once. */
export function settle() {
  if (!waiting) return;
  const node = document.querySelector(`#messages [data-ts="${CSS.escape(waiting.ts)}"]`);
  if (!node) return;
  waiting = null;
  node.scrollIntoView({ block: "start" });
  node.focus();
  node.classList.add("found");
  setTimeout(() => node.classList.remove("found"), 1600);
}

/** Where a person arrives: where they were if they may be there, else #incidents, else anywhere. */
export function arrive() {
  const mine = joined(state.me);
  const { place } = state;
  if (place.kind === "home") return goTo(place);
  const here = place.kind === "channel" && state.channels.get(place.id);
  if (here && (here.members.includes(state.me) || !(here.is_private || here.is_im))) return goTo(place);
  const first = mine.find((channel) => channel.name === "incidents") ?? mine[0];
  return first ? goTo({ kind: "channel", id: first.id }) : goTo({ kind: "none" });
}
