// Building the page: elements and text nodes only, so that whatever people type stays text.

/** An element. `on` holds listeners, `class` a string; null, undefined and false leave an attribute out. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "value" || name === "checked" || name === "selected") {
      node[name] = value;
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  add(node, children);
  return node;
}

/** Put children (nodes, strings, lists of them) at an element's end. */
export function add(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child);
  }
  return node;
}

/** Replace everything in an element. */
export function fill(node, ...children) {
  node.replaceChildren();
  return add(node, children);
}

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h16.5M3.5 15H20",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  home: "M4 11.5 12 5l8 6.5M6.5 10v9.5h11V10",
  send: "M4 12 20 4.5 15.5 20l-4-6.5zM11.5 13.5 20 4.5",
  bolt: "M13 3 5 13.5h6L10 21l9-11h-6.5z",
  pin: "M14.5 3.5 20.5 9.5l-3 .5-4 4 .5 4-2 2-7.5-7.5 2-2 4 .5 4-4zM8 16l-4.5 4.5",
  thread: "M5 5h14v10h-7l-4 4v-4H5z",
  more: "M5.5 12h.01M5.2 12h.6M12 12h.01M11.7 12h.6M18.5 12h.01M18.2 12h.6",
  close: "M6 6l12 12M18 6 6 18",
  back: "M14.5 5.5 8 12l6.5 6.5",
  down: "M6 9.5l6 6 6-6",
  eye: "M2.5 12S6 6 12 6s9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  wave: "M3 9c3 0 3-2.5 6-2.5S12 9 15 9s3-2.5 6-2.5M3 14c3 0 3-2.5 6-2.5s3 2.5 6 2.5 3-2.5 6-2.5M3 19c3 0 3-2.5 6-2.5s3 2.5 6 2.5 3-2.5 6-2.5",
  people: "M9 11a3.2 3.2 0 1 0 0-6.400A3.2 3.2 0 0 0 9 11zM3 19.5c0-3.5 2.5-5.5 6-5.5s6 2 6 5.5M16 5a3 3 0 0 1 0 5.800M17.5 14.300c2.2.6 3.5 2.400 3.5 5.2",
};

/** A line drawing that says nothing by itself: label whatever it stands in. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.more);
  svg.append(path);
  return svg;
}

/** Arrow keys, Home and End move among the items of a list; one of them is in the tab order. */
export function roving(list, selector, { vertical = true, onMove } = {}) {
  const items = () => [...list.querySelectorAll(selector)];
  const [next, before] = vertical ? ["ArrowDown", "ArrowUp"] : ["ArrowRight", "ArrowLeft"];
  list.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.indexOf(event.target);
    const to = { [next]: at + 1, [before]: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const target = all[Math.max(0, Math.min(to, all.length - 1))];
    rove(all, target);
    target.focus();
    onMove?.(target);
  });
}

/** Make one of these the item that Tab reaches. */
export function rove(items, current) {
  for (const item of items) item.tabIndex = item === current ? 0 : -1;
}

/** What is kept on this browser; a browser that keeps nothing is no trouble. */
export const kept = {
  get(name, otherwise = null) {
    try {
      return JSON.parse(localStorage.getItem(`breakwater.${name}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`breakwater.${name}`, JSON.stringify(value));
    } catch {
      // private windows may refuse; the page works without
    }
  },
};
