// A small time chart in SVG: units and zero where they belong, gaps as gaps, stretches of controls shaded.
import { clock, count, short } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 118;
const LEFT = 44;
const RIGHT = 10;
const BOTTOM = 18;
const LANE = 15;
const GAP = 1.6;
const WIDE = 5.6;
const STEPS = [5, 10, 15, 30, 60, 120, 240, 480].map((minutes) => minutes * 60_000);
const NICE = [1, 2, 2.5, 5, 10];

function s(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** From the lowest to the highest number that is drawn, and what the axis names. */
function scale(low, high, { zero, cap }) {
  const top = cap ? Math.min(cap, high) : high;
  const bottom = zero ? Math.min(0, low) : low;
  const reach = top - bottom || Math.abs(top) || 1;
  const power = 10 ** Math.floor(Math.log10(reach / 2));
  const step = NICE.map((one) => one * power).find((one) => one * 2.2 >= reach) ?? power * 10;
  const from = Math.floor(bottom / step) * step;
  const to = Math.max(from + step, Math.ceil(top / step - 1e-9) * step);
  const ticks = [];
  for (let at = from; at <= to + step / 1e3; at += step) ticks.push(Number(at.toPrecision(12)));
  return { from, to, ticks, zero };
}

/** Runs of points without a gap; a tick that never came breaks the line. */
function runs(points, tick) {
  const found = [];
  for (const one of points) {
    const before = found.at(-1)?.at(-1);
    if (before && one.t - before.t <= tick * GAP) found.at(-1).push(one);
    else found.push([one]);
  }
  return found;
}

/**
 * Draw into an <svg>. `series` are {key, tone, dashed, area}; `marks` are {at, words, tone} on the value axis;
 * `lanes` are {name, parts} with stretches, drawn up to `known`; `quiet` is since when nothing came, or null.
 */
export function draw(svg, { points, from, to, now, known, tick, series, marks = [], lanes = [], zero = true, cap = null, quiet = null, width }) {
  const shown = lanes.filter((lane) => lane.parts.some((part) => (part.to ?? now) > from));
  const top = 8 + shown.length * LANE;
  const height = HEIGHT + shown.length * LANE;
  const values = points.flatMap((one) => series.map((each) => one[each.key])).concat(marks.filter((m) => m.keep).map((m) => m.at));
  const axis = scale(Math.min(...values, zero ? 0 : Infinity), Math.max(...values, zero ? 0 : -Infinity), { zero, cap });
  const x = (moment) => LEFT + ((moment - from) / (to - from)) * (width - LEFT - RIGHT);
  const y = (value) => height - BOTTOM - ((Math.min(value, axis.to) - axis.from) / (axis.to - axis.from)) * (height - BOTTOM - top);
  const frame = { x, y, top, height, width, from, to, now, known };
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  svg.replaceChildren(
    ...shade(shown, frame),
    ...grid(axis, frame, cap),
    ...timeline(frame),
    ...(quiet ? silence(quiet, frame) : []),
    ...marks.filter((mark) => mark.at >= axis.from && mark.at <= axis.to).flatMap((mark) => threshold(mark, frame)),
    ...series.flatMap((each) => line(points, each, tick, frame)),
    ...lane(shown, frame),
  );
}

function grid(axis, { y, width }, cap) {
  return axis.ticks.flatMap((at) => [
    s("line", { x1: LEFT, x2: width - RIGHT, y1: y(at), y2: y(at), class: at === 0 ? "w-base" : "w-grid" }),
    s("text", { x: LEFT - 6, y: y(at) + 3.5, class: "w-tick w-end" }, `${cap && at >= cap ? "≥" : ""}${axis.zero ? short(at) : count(at)}`),
  ]);
}

function timeline({ x, from, to, height, width }) {
  const step = STEPS.find((one) => (to - from) / one <= Math.max(3, width / 95)) ?? STEPS.at(-1);
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const place = x(at);
    found.push(s("line", { x1: place, x2: place, y1: height - BOTTOM, y2: height - BOTTOM + 4, class: "w-base" }));
    if (place > LEFT + 12 && place < width - 16) found.push(s("text", { x: place, y: height - 4, class: "w-tick w-middle" }, clock(at)));
  }
  return found;
}

function line(points, { key, tone, dashed, area }, tick, { x, y }) {
  const found = [];
  for (const run of runs(points, tick)) {
    const path = run.map((one, at) => `${at ? "L" : "M"}${x(one.t).toFixed(1)} ${y(one[key]).toFixed(1)}`).join("");
    if (area && run.length > 1) found.push(s("path", { d: `${path}L${x(run.at(-1).t).toFixed(1)} ${y(0)}L${x(run[0].t).toFixed(1)} ${y(0)}Z`, class: `w-area w-${tone}` }));
    found.push(run.length > 1 ? s("path", { d: path, class: `w-line w-${tone}${dashed ? " w-dashed" : ""}` }) : s("circle", { cx: x(run[0].t), cy: y(run[0][key]), r: 1.5, class: `w-dot w-${tone}` }));
  }
  const last = points.at(-1);
  if (last) found.push(s("circle", { cx: x(last.t), cy: y(last[key]), r: 3, class: `w-dot w-${tone}` }));
  return found;
}

function threshold({ at, words, tone, below }, { y, width }) {
  return [
    s("line", { x1: LEFT, x2: width - RIGHT, y1: y(at), y2: y(at), class: `w-mark w-${tone}` }),
    s("text", { x: width - RIGHT - 2, y: y(at) + (below ? 11 : -3), class: `w-note w-end w-${tone}` }, words),
  ];
}

function silence(since, { x, now, top, height, width }) {
  const begin = Math.max(LEFT, x(since));
  const end = Math.min(width - RIGHT, x(now));
  if (end - begin < 2) return [];
  return [s("rect", { x: begin, y: top, width: end - begin, height: height - BOTTOM - top, class: "w-silence" })];
}

function* within(parts, { x, from, known: now, width }) {
  for (const part of parts) {
    if ((part.to ?? now) <= from || part.from >= now) continue;
    const begin = Math.max(LEFT, x(part.from));
    const end = Math.min(width - RIGHT, x(part.to ?? now));
    yield { part, begin, size: Math.max(2, end - begin) };
  }
}

function shade(lanes, frame) {
  if (!lanes.length) return [];
  return [...within(lanes[0].parts, frame)].map(({ begin, size }) => s("rect", { x: begin, y: frame.top, width: size, height: frame.height - BOTTOM - frame.top, class: "w-held" }));
}

function lane(lanes, frame) {
  return lanes.flatMap(({ name, parts }, row) =>
    [...within(parts, frame)].flatMap(({ part, begin, size }) => {
      const y = 4 + row * LANE;
      const bar = s("rect", { x: begin, y, width: size, height: LANE - 3, rx: 2, class: "w-bar" }, s("title", {}, part.words));
      const whole = `${name} ${part.label}`;
      const fits = (words, room) => words.length * WIDE + 8 < room;
      const first = part === parts.find((one) => (one.to ?? frame.now) > frame.from);
      const before = !fits(whole, size) && first && fits(whole, begin - LEFT);
      if (before) return [bar, s("text", { x: begin - 5, y: y + 9.5, class: "w-bar-text w-end" }, whole)];
      const inside = [whole, part.label].find((one) => fits(one, size));
      return inside ? [bar, s("text", { x: begin + 4, y: y + 9.5, class: "w-bar-text" }, inside)] : [bar];
    }),
  );
}
