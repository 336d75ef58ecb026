// The list of conversations, with what is new in each for the person on the page.
import { deed } from "./api.js";
import { h, icon, rove, roving } from "./dom.js";
import { openChannel, openHome } from "./go.js";
import { nameOf, on, state, titleOf, unread } from "./state.js";
import { partOf } from "./people.js";

/** Draw the list into `nav`, and keep it so. */
export function channelList(nav) {
  const list = h("div", { class: "channel-scroll" });
  const whoami = h("div", { class: "whoami" });
  nav.append(whoami, list);
  roving(list, ".entry");
  const draw = () => {
    const at = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const me = state.people.get(state.me);
    whoami.replaceChildren(h("h2", {}, nameOf(state.me)), h("p", {}, partOf(me)));
    list.replaceChildren(...groups());
    const entries = [...list.querySelectorAll(".entry")];
    const current = entries.find((one) => one.getAttribute("aria-current") === "page") ?? entries[0];
    if (current) rove(entries, current);
    if (at) (entries.find((one) => one.dataset.key === at) ?? current)?.focus();
  };
  on(["people", "me", "channels", "place", "home"], draw);
}

/** Go to the conversation above or below in the list. */
export function step(by) {
  const entries = [...document.querySelectorAll("#channels .entry[data-place]")];
  const at = entries.findIndex((one) => one.getAttribute("aria-current") === "page");
  entries[Math.max(0, Math.min(at + by, entries.length - 1))]?.click();
}

function groups() {
  const all = [...state.channels.values()].sort((a, b) => titleOf(a, state.me).localeCompare(titleOf(b, state.me), "en", { numeric: true }));
  const mine = all.filter((one) => one.members.includes(state.me));
  const open = mine.filter((one) => !one.is_archived && !one.is_im);
  const direct = mine.filter((one) => one.is_im);
  const others = all.filter((one) => !one.is_im && !one.is_private && !one.is_archived && !one.members.includes(state.me));
  const past = mine.filter((one) => one.is_archived);
  return [
    group("Breakwater", [state.app?.home_tab === false ? null : homeEntry(), ...direct.map(entry)]),
    group("Channels", open.map(entry), "You are in no channel yet."),
    others.length ? group("More channels", others.map(joinable)) : null,
    past.length ? group("Archived", past.map(entry)) : null,
  ].filter(Boolean);
}

function group(title, entries, empty = "") {
  const items = entries.filter(Boolean);
  const list = items.length ? h("ul", {}, items.map((one) => h("li", {}, one))) : h("p", { class: "empty" }, empty);
  return h("section", { class: "group", "aria-label": title }, h("h3", {}, title), list);
}

function homeEntry() {
  const here = state.place.kind === "home";
  return h(
    "button",
    { type: "button", class: "entry", "data-key": "home", "data-place": "home", "aria-current": here ? "page" : null, on: { click: openHome } },
    icon("home"),
    h("span", { class: "entry-name" }, "Home"),
  );
}

function entry(channel) {
  const { any, calls } = unread(state.me, channel);
  const here = state.place.kind === "channel" && state.place.id === channel.id;
  const title = channel.is_im ? "Messages" : titleOf(channel, state.me);
  const fresh = (any || calls) && !here;
  const said = calls && !here ? `, ${calls} for you` : fresh ? ", new messages" : "";
  return h(
    "button",
    {
      type: "button",
      class: fresh ? "entry fresh" : "entry",
      "data-key": channel.id,
      "data-place": channel.id,
      "aria-current": here ? "page" : null,
      "aria-label": `${channel.is_im ? "Direct messages with Breakwater" : title}${channel.is_private ? ", private" : ""}${said}`,
      title,
      on: { click: () => openChannel(channel.id) },
    },
    icon(channel.is_im ? "thread" : channel.is_private ? "lock" : "hash"),
    h("span", { class: "entry-name" }, title),
    calls && !here ? h("span", { class: "count" }, String(Math.min(calls, 99))) : null,
  );
}

function joinable(channel) {
  const join = async () => {
    await deed("join", { channel: channel.id });
    openChannel(channel.id);
  };
  return h(
    "button",
    { type: "button", class: "entry muted", "data-key": channel.id, "aria-label": `Join ${channel.name}`, on: { click: join } },
    icon("hash"),
    h("span", { class: "entry-name" }, channel.name),
    h("span", { class: "entry-note" }, "Join"),
  );
}
