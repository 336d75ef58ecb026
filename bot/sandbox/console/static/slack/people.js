// The six of the sandbox: what they are there for, and the switch between them.
import { h, icon, rove, roving } from "./dom.js";
import { become, nameOf, on, state, waiting } from "./state.js";

const PARTS = {
  alice: "Commander",
  bob: "Treasury",
  carol: "Desk",
  dana: "Comms",
  erin: "Executive",
  frank: "Technical, wallets",
};
export const CAST = Object.keys(PARTS);

/** The people to play, in order. */
export function cast() {
  const byName = new Map([...state.people.values()].map((one) => [one.name, one]));
  return CAST.map((name) => byName.get(name)).filter(Boolean);
}

export function partOf(person) {
  return PARTS[person?.name] ?? "";
}

/** A round or square sign for somebody; says nothing by itself. */
export function avatar(id, size = "") {
  if (id === state.app?.bot_user) return h("span", { class: `avatar bot ${size}`, "aria-hidden": "true" }, icon("wave"));
  const at = CAST.indexOf(state.people.get(id)?.name);
  const initials = nameOf(id).split(/\s+/).map((word) => word[0] ?? "").join("").slice(0, 2).toUpperCase();
  return h("span", { class: `avatar hue-${at < 0 ? 0 : at + 1} ${size}`, "aria-hidden": "true" }, initials);
}

/** Draw the switch into `rail`, and keep it so. */
export function peopleSwitch(rail) {
  const list = h("div", { class: "people-list", role: "radiogroup", "aria-label": "You are" });
  rail.append(h("h2", { class: "unseen" }, "Who you are"), list);
  roving(list, "[role=radio]", { onMove: (target) => become(target.dataset.user) });
  roving(list, "[role=radio]", { vertical: false, onMove: (target) => become(target.dataset.user) });
  const draw = () => {
    const focused = list.contains(document.activeElement);
    const items = cast().map(person);
    list.replaceChildren(...items);
    const mine = items.find((item) => item.dataset.user === state.me) ?? items[0];
    if (mine) rove(items, mine);
    if (focused) mine?.focus();
  };
  on(["people", "me", "channels"], draw);
}

function person(one) {
  const calls = waiting(one.id);
  const mine = one.id === state.me;
  const [first] = one.real_name.split(" ");
  const wait = calls && !mine ? `, ${calls} waiting` : "";
  return h(
    "button",
    {
      type: "button",
      role: "radio",
      class: "person",
      "data-user": one.id,
      "aria-checked": String(mine),
      "aria-label": `${one.real_name}, ${partOf(one)}${wait}`,
      title: `${one.real_name} · ${partOf(one)}`,
      on: { click: () => become(one.id) },
    },
    avatar(one.id, "large"),
    calls && !mine ? h("span", { class: "count" }, String(Math.min(calls, 99))) : null,
    h("span", { class: "person-name" }, first),
    h("span", { class: "person-part" }, partOf(one)),
  );
}
