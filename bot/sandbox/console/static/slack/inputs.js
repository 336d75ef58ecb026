// Fields to fill in: each gives a node and a `read` that tells its value as the driver takes it.
import { h } from "./dom.js";
import { textOf, wordsOf } from "./mrkdwn.js";
import { state } from "./state.js";

const TYPES = {
  email_text_input: "email",
  url_text_input: "url",
  number_input: "text",
  datepicker: "date",
  timepicker: "time",
};
const LINES = 4;
let count = 0;

/** A field for an element. `entry` is what was typed or chosen so far, `onChange` hears of a finished change. */
export function field(element, known, { id, onChange = () => {} }) {
  const entry = known ?? start(element);
  const kind = element.type;
  if (kind === "plain_text_input" && element.multiline) return area(element, chosenIn(entry), id, onChange);
  if (kind === "rich_text_input") return rich(element, entry, id, onChange);
  if (kind === "datetimepicker") return both(element, entry, id, onChange);
  if (kind === "radio_buttons" || kind === "checkboxes") return boxes(element, entry, id, onChange);
  if (kind.startsWith("multi_")) return many(element, entry, id, onChange);
  if (kind.endsWith("_select")) return select(element, entry, id, onChange);
  if (kind === "file_input") return { node: h("p", { id, class: "hint" }, "Files cannot be sent from the sandbox."), read: () => null };
  return line(element, entry, id, onChange);
}

/** What a menu offers: {text, value, note, group}. */
export function offers(element) {
  const kind = element.type.replace("multi_", "");
  if (kind === "users_select") return people();
  if (kind === "channels_select" || kind === "conversations_select") return channels();
  const shown = (option, group) => ({
    text: wordsOf(option.text),
    value: option.value,
    note: wordsOf(option.description),
    url: option.url,
    group,
  });
  const grouped = (element.option_groups ?? []).flatMap((g) => g.options.map((o) => shown(o, wordsOf(g.label))));
  return [...(element.options ?? []).map((option) => shown(option)), ...grouped];
}

/** The value or values in a state entry, as ids or option values. */
export function chosenIn(entry) {
  for (const [name, value] of Object.entries(entry ?? {})) {
    if (name === "type" || value === null || value === undefined) continue;
    const one = (part) => (typeof part === "object" && part !== null ? part.value : part);
    return Array.isArray(value) ? value.map(one) : one(value);
  }
  return null;
}

/** What an element begins with, as a state entry has it. */
export function start(element) {
  const [name, value] = Object.entries(element).find(([key]) => key.startsWith("initial_")) ?? [];
  if (!name) return null;
  return { [name === "initial_value" && typeof value === "object" ? "rich_text_value" : name]: value };
}

function people() {
  return [...state.people.values()]
    .filter((one) => !one.is_bot && !one.deleted && !one.is_restricted && one.team_id === state.people.get(state.me)?.team_id)
    .map((one) => ({ text: one.real_name, value: one.id }));
}

function channels() {
  return [...state.channels.values()]
    .filter((one) => !one.is_im && !one.is_archived && (!one.is_private || one.members.includes(state.me)))
    .map((one) => ({ text: `#${one.name}`, value: one.id }));
}

function line(element, entry, id, onChange) {
  const value = chosenIn(entry) ?? "";
  const node = h("input", {
    id,
    class: "input",
    type: TYPES[element.type] ?? "text",
    inputmode: element.type === "number_input" ? "decimal" : null,
    maxlength: element.max_length,
    placeholder: wordsOf(element.placeholder) || null,
    autocomplete: "off",
    value,
    on: { change: onChange },
  });
  return { node, read: () => node.value || null };
}

function area(element, value, id, onChange) {
  const node = h("textarea", {
    id,
    class: "input",
    rows: String(LINES),
    maxlength: element.max_length,
    placeholder: wordsOf(element.placeholder) || null,
    on: { change: onChange },
  });
  node.value = value ?? "";
  return { node, read: () => node.value || null };
}

function rich(element, entry, id, onChange) {
  const pieces = (entry?.rich_text_value?.elements ?? []).flatMap((part) => part.elements ?? []);
  return area(element, entry?.typed ?? pieces.map((piece) => piece.text ?? "").join(""), id, onChange);
}

function both(element, entry, id, onChange) {
  const stamp = chosenIn(entry);
  const value = stamp ? new Date(stamp * 1000).toISOString().slice(0, 16) : "";
  const node = h("input", { id, class: "input", type: "datetime-local", value, on: { change: onChange } });
  const read = () => (node.value ? Math.floor(Date.parse(`${node.value}Z`) / 1000) : null);
  return { node, read };
}

function select(element, entry, id, onChange) {
  const chosen = chosenIn(entry);
  const empty = h("option", { value: "" }, wordsOf(element.placeholder) || "Choose …");
  const node = h("select", { id, class: "input", on: { change: onChange } }, empty);
  const groups = new Map();
  for (const one of offers(element)) {
    if (one.group && !groups.has(one.group)) {
      groups.set(one.group, h("optgroup", { label: one.group }));
      node.append(groups.get(one.group));
    }
    (groups.get(one.group) ?? node).append(h("option", { value: one.value }, one.text));
  }
  node.value = chosen ?? "";
  return { node, read: () => node.value || null };
}

function boxes(element, entry, id, onChange) {
  const radio = element.type === "radio_buttons";
  const chosen = [chosenIn(entry) ?? []].flat();
  const name = `${id}-${(count += 1)}`;
  const inputs = element.options.map((option) =>
    h("input", { type: radio ? "radio" : "checkbox", name, value: option.value, checked: chosen.includes(option.value), on: { change: onChange } }),
  );
  const rows = element.options.map((option, i) =>
    h(
      "label",
      { class: "box" },
      inputs[i],
      h("span", {}, textOf(option.text), option.description ? h("span", { class: "hint" }, textOf(option.description)) : null),
    ),
  );
  const node = h("div", { id, class: "boxes", role: radio ? "radiogroup" : "group" }, rows);
  const values = () => inputs.filter((input) => input.checked).map((input) => input.value);
  return { node, read: () => (radio ? (values()[0] ?? null) : values()), group: true };
}

function many(element, entry, id, onChange) {
  const chosen = [chosenIn(entry) ?? []].flat();
  const inputs = offers(element).map((one) => [
    one,
    h("input", { type: "checkbox", value: one.value, checked: chosen.includes(one.value), on: { change: onChange } }),
  ]);
  const rows = inputs.map(([one, input]) => h("label", { class: "box" }, input, h("span", {}, one.text)));
  const node = h("div", { id, class: "boxes many", role: "group" }, rows);
  return { node, read: () => inputs.filter(([, input]) => input.checked).map(([one]) => one.value), group: true };
}
