// The marketplace beside the Slack: clock and story on top, then numbers, controls and what the public reads.
import { h } from "../slack/dom.js";
import { emit, state as slack } from "../slack/state.js";
import { listen } from "./api.js";
import { keepTime } from "./beats.js";
import { controlsCard, offNormal } from "./controls.js";
import { CHARTS, chartCard } from "./numbers.js";
import { picker } from "./picker.js";
import { publicCard } from "./public.js";
import { signalsCard } from "./signals.js";
import { speaker } from "./speaker.js";
import { storyCard } from "./story.js";
import { transport } from "./transport.js";
import { clock as hhmm, span } from "./words.js";

const KEPT = 720;
const TICK = 60_000;
const SILENT = 4000;

/** Fill the section. `announce(sentence)` speaks to screen readers. */
export function mount(element, { announce }) {
  const voice = speaker(announce);
  const state = { view: null, points: [], heard: 0, clock: null, lost: null, told: null, wire: 0, alerts: new Set() };
  const choose = picker({ say: voice.now, began: () => element.scrollTo?.({ top: 0 }) });
  const bar = transport({ say: voice.now });
  const story = storyCard({ choose: open });
  const away = h("div", { class: "w-away", role: "status", hidden: true });
  const charts = CHARTS.map(chartCard);
  const signs = signalsCard();
  const controls = controlsCard();
  const page = publicCard();
  element.append(
    h("div", { class: "w-top" }, h("h2", { class: "unseen" }, "Marketplace"), bar.bar, away),
    h("div", { class: "w-cards" }, story.card, ...charts.map((one) => one.card), signs.card, controls.card, page.card),
  );

  function open() {
    const view = state.view;
    choose.open({ incidents: view?.incidents, held: offNormal(view?.controls ?? []).length, current: view?.story?.name, seed: view?.story?.seed });
  }

  function businessNow() {
    if (!state.clock) return Date.now();
    const passed = state.clock.paused ? 0 : (performance.now() - state.heard) * state.clock.scale;
    return Date.parse(state.clock.business) + passed;
  }

  function look(view) {
    keepTime(view.clock.beats);
    // What Slack had drawn before the pace was known bears the wall's time.
    if (!state.view && slack.place.kind === "channel") queueMicrotask(() => emit("place"));
    state.view = view;
    state.heard = performance.now();
    state.clock = view.clock;
    if (view.anew) state.points = [];
    state.points.push(...view.ticks.map((one) => ({ ...one, t: Date.parse(one.at) })));
    state.points.splice(0, Math.max(0, state.points.length - KEPT));
    state.lost = view.market_ok ? null : (state.lost ?? state.points.at(-1)?.t ?? businessNow());
    bar.update(view.clock);
    story.update(view.story);
    tell(view);
    show(view.market_ok);
  }

  function show(ok) {
    const view = state.view;
    const now = businessNow();
    const seen = { points: state.points, now, spans: view.spans, controls: view.controls, ok, tick: TICK, lost: state.lost };
    for (const one of charts) {
      one.update(seen);
      one.grow(now);
    }
    signs.update(seen);
    controls.update(ok ? view.controls : view.controls.map((one) => ({ ...one, state: "unknown", observed: null })));
    page.update(ok ? view.public : view.public && state.lost ? view.public : null);
    const silent = ok ? "" : `The marketplace does not answer. Last numbers of ${hhmm(state.lost)} UTC, ${span((now - state.lost) / 1000)} ago; what is now is unknown.`;
    if (away.textContent !== silent) away.textContent = silent;
    away.hidden = ok;
  }

  function tell(view) {
    if (!view.story) return;
    if (state.told !== view.story.told) Object.assign(state, { told: view.story.told, wire: view.story.wire.length, alerts: new Set(view.story.alerts.map((one) => one.name)) });
    for (const one of view.story.wire.slice(state.wire)) voice.news(`${one.source}: ${one.text}`);
    state.wire = view.story.wire.length;
    for (const one of view.story.alerts) if (!state.alerts.has(one.name)) voice.news(`Alert: ${one.summary}.`);
    state.alerts = new Set(view.story.alerts.map((one) => one.name));
    if (view.latest && !view.clock.paused) voice.summary(view.latest);
  }

  function silent() {
    if (!state.view || performance.now() - state.heard < SILENT) return;
    state.lost ??= state.points.at(-1)?.t ?? businessNow();
    show(false);
  }

  listen(look, silent);
  setInterval(() => {
    const now = businessNow();
    if (state.view) bar.tick(now);
    for (const one of charts) one.grow(now);
    silent();
  }, 500);
}
