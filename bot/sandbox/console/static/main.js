// Starts the page: theme, stream, Slack, and the marketplace beside it when it is there.
import { connect } from "./slack/api.js";
import { channelList } from "./slack/channels.js";
import { conversation } from "./slack/conversation.js";
import { h } from "./slack/dom.js";
import { arrive } from "./slack/go.js";
import { keyboard, showKeys } from "./slack/keys.js";
import { modals } from "./slack/modal.js";
import { announce } from "./slack/notice.js";
import { panel } from "./slack/panel.js";
import { peopleSwitch } from "./slack/people.js";
import { on, state, waiting } from "./slack/state.js";
import { theme, themeButton } from "./slack/theme.js";
import { firstVisit, startTour } from "./slack/tour.js";

const PATIENCE = 700;
const byId = (id) => document.getElementById(id);

function top() {
  const tool = (words, what, more = {}) => h("button", { type: "button", class: "top-button", on: { click: what }, ...more }, words);
  byId("tools").append(tool("Tour", startTour), tool("Keys", showKeys, { id: "keys-button", "aria-label": "Keys: list the shortcuts" }), themeButton());
}

function parts() {
  const buttons = [...document.querySelectorAll("#tabs button")];
  const show = (part) => {
    document.body.dataset.part = part;
    for (const one of buttons) one.setAttribute("aria-current", one.dataset.part === part ? "page" : "false");
  };
  for (const one of buttons) one.addEventListener("click", () => show(one.dataset.part));
  document.addEventListener("part", (event) => show(event.detail));
  document.addEventListener("suggest", (event) => {
    const text = byId("text");
    if (!text) return;
    text.value = event.detail;
    text.dispatchEvent(new Event("input"));
  });
  on("channels", () => {
    const calls = waiting(state.me);
    byId("tab-count").textContent = calls ? String(calls) : "";
  });
  show("slack");
}

function connection() {
  let timer = 0;
  on("connection", () => {
    clearTimeout(timer);
    if (state.connection === "live") {
      byId("offline").hidden = true;
      return;
    }
    timer = setTimeout(() => {
      byId("offline").hidden = false;
    }, PATIENCE);
  });
  byId("retry").addEventListener("click", connect);
}

async function marketplace() {
  const section = byId("world");
  try {
    const world = await import("/console/static/world/world.js");
    section.replaceChildren();
    await world.mount(section, { announce, theme });
  } catch (problem) {
    console.warn("The marketplace part is not here.", problem);
    section.replaceChildren(h("p", { class: "empty-state" }, "The marketplace is not running beside this Slack. Start everything with make sandbox."));
  }
}

top();
parts();
connection();
peopleSwitch(byId("people"));
channelList(byId("channels"));
conversation(byId("conversation"));
panel(byId("panel"));
modals();
keyboard();
on("me", arrive);
let begun = false;
on("snapshot", () => {
  arrive();
  if (!begun) firstVisit();
  begun = true;
});
connect();
marketplace();
