// A short walk for the first visit.
import { h, kept } from "./dom.js";
import { become, joined, state } from "./state.js";
import { openChannel } from "./go.js";

const STEPS = [
  {
    at: "#people",
    part: "slack",
    title: "You play all six",
    text: "Pick a person here and you see Slack as they do. Begin as Alice, who commands. A number beside somebody means that the bot is waiting for them.",
    go: () => become("U01ALICE"),
  },
  {
    at: ".composer",
    part: "slack",
    title: "Declare an incident",
    text: "Type what you see, as you would in Slack. A slash lists the commands; the words are ready below: press Enter to send them, then choose Declare.",
    go: () => {
      const home = joined("U01ALICE").find((one) => one.name === "incidents");
      if (home) openChannel(home.id);
    },
    type: "/incident declare Northbank has paused and withdrawals are running",
  },
  {
    at: ".composer",
    part: "slack",
    title: "Protect the platform",
    text: "The incident gets a channel of its own with a pinned card. There, /protected-mode on with a reason shows what it would limit; one button sets it, and each control is read back.",
  },
  {
    at: "#people",
    part: "slack",
    title: "Tightening is easy, loosening takes two",
    text: "What Alice proposes to reopen, she cannot approve. Become Bob and say yes to exactly what is shown; try it as Carol and see it refused.",
  },
  {
    at: "#world",
    part: "world",
    title: "What the customers see",
    text: "The marketplace runs beside it: wallet, queue, coverage, the controls as observed, and the public status page. The page follows what is observed, never what was ordered.",
  },
  {
    at: "#world",
    part: "world",
    title: "Choose what goes wrong",
    text: "At the top you pick a scenario, its speed, and pause. Nothing here is real, so break what you like.",
  },
];

let shown = null;

/** Walk through it now; `composer` is where words can be laid ready. */
export function startTour() {
  finish();
  step(0);
}

export function firstVisit() {
  if (!kept.get("tour")) startTour();
}

function step(at) {
  leave();
  const one = STEPS[at];
  one.go?.();
  document.dispatchEvent(new CustomEvent("part", { detail: one.part }));
  const target = document.querySelector(one.at);
  target?.classList.add("toured");
  const last = at === STEPS.length - 1;
  const button = (words, what, kind = "") => h("button", { type: "button", class: `button ${kind}`, on: { click: what } }, words);
  const card = h(
    "div",
    { class: "tour", role: "dialog", "aria-labelledby": "tour-title", "aria-describedby": "tour-text", tabindex: "-1" },
    h("p", { class: "tour-count" }, `${at + 1} of ${STEPS.length}`),
    h("h2", { id: "tour-title" }, one.title),
    h("p", { id: "tour-text" }, one.text),
    h(
      "div",
      { class: "row" },
      at ? button("Back", () => step(at - 1)) : null,
      last ? null : button("Skip the tour", finish),
      button(last ? "Begin" : "Next", () => (last ? finish() : step(at + 1)), "primary"),
    ),
  );
  card.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    finish();
  });
  document.body.append(card);
  if (one.type) document.dispatchEvent(new CustomEvent("suggest", { detail: one.type }));
  place(card, target);
  shown = { card, target, resize: () => place(card, target) };
  addEventListener("resize", shown.resize);
  card.querySelector(".primary").focus();
}

function leave() {
  if (!shown) return;
  removeEventListener("resize", shown.resize);
  shown.card.remove();
  shown.target?.classList.remove("toured");
  shown = null;
}

function finish() {
  const had = Boolean(shown);
  leave();
  kept.set("tour", true);
  if (!had) return;
  document.dispatchEvent(new CustomEvent("part", { detail: "slack" }));
  if (state.place.kind === "channel") document.querySelector("#text")?.focus();
}

function place(card, target) {
  if (!target) return;
  const box = target.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const room = { w: innerWidth - width - 12, h: innerHeight - height - 12 };
  let left = box.right + 12;
  let top = box.top + 12;
  if (left > room.w || box.width > innerWidth / 3) left = box.left - width - 12;
  if (left < 12) {
    left = box.left + 12;
    // Above it where there is room, below it where it is low, else at its lower end: never over its beginning.
    const below = box.height < innerHeight / 3 ? box.bottom + 12 : box.bottom - height - 12;
    top = box.top > height + 24 ? box.top - height - 12 : below;
  } else if (box.height < height && box.top > height + 24) {
    left = box.left;
    top = box.top - height - 12;
  }
  card.style.left = `${Math.max(12, Math.min(left, room.w))}px`;
  card.style.top = `${Math.max(12, Math.min(top, room.h))}px`;
}
