// Choosing what goes wrong.
import { fill, h } from "../slack/dom.js";
import { ask } from "./api.js";
import { list } from "./words.js";

/** The dialog. `open(incidents, held, current)` asks; `began(story)` is called when a story has begun. */
export function picker({ say, began }) {
  const stories = h("ul", { class: "w-stories" });
  const note = h("p", { class: "w-open-note" });
  const wrong = h("p", { class: "w-wrong", role: "alert" });
  const seed = h("input", { class: "input", id: "w-seed", inputmode: "numeric", pattern: "[0-9]{1,9}", maxlength: "9", autocomplete: "off" });
  const close = () => dialog.close();
  const dialog = h(
    "dialog",
    { class: "w-picker", "aria-labelledby": "w-picker-title" },
    h("header", {}, h("h2", { id: "w-picker-title" }, "Choose what goes wrong"), h("button", { type: "button", class: "button", on: { click: close } }, "Close")),
    note,
    wrong,
    stories,
    h("p", { class: "w-seed" }, h("label", { for: "w-seed" }, "Seed"), seed, h("span", {}, "The same seed tells the same story.")),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  let known = null;

  async function load() {
    if (known) return known;
    const answer = await fetch("/console/world/scenarios");
    if (!answer.ok) throw new Error((await answer.json()).detail);
    known = (await answer.json()).scenarios;
    return known;
  }

  async function begin(one, button) {
    const text = seed.value.trim();
    if (text && !/^[0-9]{1,9}$/.test(text)) {
      wrong.textContent = "A seed is a whole number of up to nine digits, such as 7.";
      seed.focus();
      return;
    }
    button.setAttribute("aria-busy", "true");
    const said = await ask("scenario", text ? { scenario: one.name, seed: Number(text) } : { scenario: one.name });
    button.removeAttribute("aria-busy");
    if (!said.ok) {
      wrong.textContent = said.detail;
      return;
    }
    close();
    say(`${one.title} has begun.`);
    began(said.story);
  }

  function entry(one, current) {
    const again = one.name === current;
    const button = h("button", { type: "button", class: "button primary", "aria-label": `${again ? "Begin again" : "Begin"}: ${one.title}`, on: { click: () => begin(one, button) } }, again ? "Begin again" : "Begin");
    return h(
      "li",
      { class: "w-story", "data-current": String(again) },
      h("div", {}, h("h3", {}, one.title, again ? h("span", { class: "w-chip" }, "now") : null), h("p", {}, one.story), h("details", {}, h("summary", {}, "What a good commander does"), h("p", {}, one.good))),
      button,
    );
  }

  async function open({ incidents, held, current, seed: now }) {
    wrong.textContent = "";
    seed.value = String(now ?? "");
    note.textContent = left(incidents, held);
    note.hidden = !note.textContent;
    dialog.showModal();
    try {
      fill(stories, ...(await load()).map((one) => entry(one, current)));
    } catch (problem) {
      fill(stories);
      wrong.textContent = problem.message || "The marketplace does not answer.";
    }
  }

  return { open };
}

function left(incidents, held) {
  if (incidents?.length) {
    const names = list(incidents.map((one) => `${one.id} “${one.name}”`));
    const many = incidents.length > 1;
    return `${names} ${many ? "are" : "is"} still open${held ? ` and ${held} control${held > 1 ? "s stand" : " stands"} off normal` : ""}. A new story begins the market anew; the incident, its ledger and its limits stay as they are. End ${many ? "them" : "it"} in Slack first for a clean beginning.`;
  }
  return held ? `${held} control${held > 1 ? "s stand" : " stands"} off normal and will stay so in the new story.` : "";
}
