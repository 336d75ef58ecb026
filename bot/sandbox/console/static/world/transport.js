// The clock, pause, and how fast business time runs.
import { h } from "../slack/dom.js";
import { ask } from "./api.js";
import { clockSeconds } from "./words.js";

const SPEEDS = [1, 5, 20];
const PAUSE = "M8 5v14M16 5v14";
const PLAY = "M7 4.5v15l12-7.5z";

function drawing(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** The bar on top. `update(clock)` takes the server's, `tick(now)` moves the hands. */
export function transport({ say }) {
  const face = h("span", { class: "w-clock" });
  const words = h("p", { class: "w-pace" });
  const pause = h("button", { type: "button", class: "w-round", on: { click: () => send({ paused: !state.paused }) } });
  const speeds = SPEEDS.map((speed) => {
    const input = h("input", { type: "radio", name: "w-speed", value: String(speed), on: { change: () => send({ speed }) } });
    return { speed, input, label: h("label", { class: "w-speed" }, input, h("span", {}, `×${speed}`)) };
  });
  const bar = h(
    "div",
    { class: "w-transport" },
    pause,
    h("p", { class: "w-time" }, h("span", { class: "unseen" }, "Business time "), face, h("span", { class: "w-utc" }, "UTC")),
    h("fieldset", { class: "w-speeds" }, h("legend", { class: "unseen" }, "How fast business time runs"), ...speeds.map((one) => one.label)),
    words,
  );
  let state = { paused: true, scale: 1, chosen: 5, running_up: false };
  let busy = false;
  pause.append(drawing(PAUSE));
  pause.setAttribute("aria-label", "Pause: time stands still");

  async function send(body) {
    busy = true;
    const said = await ask("pace", body);
    busy = false;
    if (!said.ok) say(said.detail);
    else say(said.paused ? "Time stands still" : `Business time runs ${said.scale} times as fast`);
  }

  function update(clock) {
    if (busy) return;
    state = clock;
    pause.replaceChildren(drawing(clock.paused ? PLAY : PAUSE));
    pause.setAttribute("aria-label", clock.paused ? "Let time go on" : "Pause: time stands still");
    pause.dataset.paused = String(clock.paused);
    const shown = clock.running_up ? clock.scale : clock.chosen;
    for (const one of speeds) one.input.checked = one.speed === shown;
    words.textContent = clock.paused
      ? "Paused: market, deadlines and the bot's clock stand still; you can still act."
      : clock.running_up
        ? `Fast forward until the first alert, then ×${clock.chosen}.`
        : clock.scale === 1
          ? "A minute here is a minute."
          : `A minute here is ${clock.scale} minutes of the incident.`;
  }

  return { bar, update, tick: (now) => (face.textContent = clockSeconds(now)) };
}
