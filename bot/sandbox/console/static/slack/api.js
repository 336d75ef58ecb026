// Asking the console's server: deeds of the person on the page, looks, and the live stream.
import { setConnection, state, take, takeMessages } from "./state.js";

const AWAY = "The sandbox does not answer. Look whether it is still running, then try again.";
const SENTENCES = {
  is_archived: "This channel is archived; nothing can be written here any more.",
  not_in_channel: "You are not in this channel. Join it first.",
  channel_not_found: "This channel is not there any more.",
  message_not_found: "This message is gone.",
  no_such_element: "This has changed meanwhile. Look at it again.",
  not_found: "This window was closed meanwhile.",
  slack_away: AWAY,
};
const EVENTS = ["snapshot", "message", "channel", "modal", "home", "people"];
const LONGEST_WAIT = 5000;

/** Do something as the person on the page. The answer has `ok`, and a `sentence` when it failed. */
export async function deed(name, body = {}) {
  try {
    const response = await fetch(`/console/slack/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user: state.me, ...body }),
    });
    const answer = await response.json();
    const said = answer.saw ?? SENTENCES[answer.error] ?? answer.detail ?? answer.error;
    return { errors: {}, ...answer, sentence: answer.ok ? "" : said ?? "" };
  } catch {
    return { ok: false, error: "away", errors: {}, sentence: AWAY };
  }
}

const asked = new Map();

/** Load a channel's messages once; true when they are there. */
export async function load(channelId) {
  if (state.loaded.has(channelId)) return true;
  if (!asked.has(channelId)) asked.set(channelId, look(channelId).finally(() => asked.delete(channelId)));
  return asked.get(channelId);
}

async function look(channelId) {
  const query = new URLSearchParams({ channel: channelId, limit: "400" });
  try {
    const response = await fetch(`/console/slack/history?${query}`);
    const answer = await response.json();
    if (!answer.ok) return false;
    takeMessages(channelId, answer.messages, answer.number);
    return true;
  } catch {
    return false;
  }
}

let source = null;
let last = "";
let wait = 500;
let timer = 0;

/** Open the stream, and open it again whenever it ends. */
export function connect() {
  clearTimeout(timer);
  source?.close();
  source = new EventSource(`/console/slack/stream${last ? `?after=${encodeURIComponent(last)}` : ""}`);
  source.addEventListener("open", () => {
    wait = 500;
    setConnection("live");
  });
  source.addEventListener("error", () => {
    setConnection("away");
    if (source.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
  for (const name of EVENTS) {
    source.addEventListener(name, (event) => {
      last = event.lastEventId;
      take(name, Number(last.split("-")[1]), JSON.parse(event.data));
    });
  }
}
