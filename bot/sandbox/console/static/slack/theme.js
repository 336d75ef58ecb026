// Light, dark, or as the system has it.
import { fill, h, kept } from "./dom.js";

const NAMES = { auto: "Auto", light: "Light", dark: "Dark" };
const ORDER = ["auto", "light", "dark"];
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();
let choice = kept.get("theme", "auto");

/** For parts of the page: the theme as shown, and news of its change. */
export const theme = {
  get name() {
    return choice === "auto" ? (system.matches ? "dark" : "light") : choice;
  },
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** The button that goes from one to the next. */
export function themeButton() {
  const button = h("button", { type: "button", class: "top-button", on: { click: next } });
  const show = () => {
    fill(button, h("span", { class: "roomy" }, "Theme: "), NAMES[choice]);
    button.setAttribute("aria-label", `Theme: ${NAMES[choice]}. Change it.`);
  };
  function next() {
    choice = ORDER[(ORDER.indexOf(choice) + 1) % ORDER.length];
    kept.set("theme", choice);
    apply();
    show();
  }
  system.addEventListener("change", () => choice === "auto" && apply());
  apply();
  show();
  return button;
}

function apply() {
  if (choice === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  for (const listener of listeners) listener(theme.name);
}
