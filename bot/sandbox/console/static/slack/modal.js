// The bot's modals: drawn from their blocks, filled in here, submitted to the bot.
import { deed } from "./api.js";
import { blocks } from "./blocks.js";
import { dialog } from "./dialogs.js";
import { h } from "./dom.js";
import { closeMenu } from "./menu.js";
import { wordsOf } from "./mrkdwn.js";
import { announce } from "./notice.js";
import { on, state } from "./state.js";

let shown = null;

/** Show the modal of the person on the page whenever there is one. */
export function modals() {
  on(["modal", "me"], follow);
}

function follow() {
  const entry = state.modals.get(state.me);
  const view = entry?.view ?? null;
  if (shown && (!view || shown.user !== state.me)) {
    closeMenu({ focus: false });
    shown.box.close();
    shown = null;
  }
  if (!view) return;
  if (shown?.view.id === view.id && shown.view.hash === view.hash) return;
  const typed = shown?.view.id === view.id ? typedIn(shown) : {};
  if (shown) redraw(view, entry.depth, typed);
  else open(view, entry.depth);
}

function open(view, depth) {
  const body = h("form", { class: "modal-form", novalidate: true, on: { submit: (event) => (event.preventDefault(), submit()) } });
  const foot = h("span", { class: "modal-buttons" });
  const box = dialog("", body, [foot], { onClose: () => leave(), wide: true });
  box.node.dataset.modal = "";
  shown = { user: state.me, view, box, body, foot, fields: [] };
  redraw(view, depth, {});
  (body.querySelector("input, textarea, select") ?? foot.querySelector("button:last-child"))?.focus();
}

function redraw(view, depth, typed) {
  const at = document.activeElement?.dataset?.key;
  const same = shown.view.id === view.id;
  Object.assign(shown, { view, fields: [], depth });
  const ctx = {
    surface: "modal",
    values: merged(view.state?.values ?? {}, typed),
    fields: shown.fields,
    act: (block, one, value) => act(view, block, one, value),
  };
  shown.box.node.querySelector("h2").textContent = wordsOf(view.title) || "Breakwater";
  shown.trouble = h("p", { class: "alert error", role: "alert", hidden: true });
  shown.body.replaceChildren(shown.trouble, ...blocks(view.blocks, ctx), ...shown.fields.map(placeError));
  buttons(view, depth);
  const again = same && at && shown.body.querySelector(`[data-key="${CSS.escape(at)}"]`);
  if (again) again.focus();
  else if (!same) (shown.body.querySelector("input, textarea, select, button") ?? shown.foot.querySelector("button:last-child"))?.focus();
}

function placeError(entry) {
  entry.node.after(entry.error);
  return "";
}

function buttons(view, depth) {
  const back = depth > 1 ? "Back" : "Close";
  const close = h("button", { type: "button", class: "button", on: { click: () => leave() } }, wordsOf(view.close) || back);
  const all = depth > 1 ? h("button", { type: "button", class: "button quiet", on: { click: () => deed("close", { all: true }) } }, "Close all") : null;
  const send = view.submit
    ? h("button", { type: "button", class: "button primary", "data-key": "submit", disabled: view.submit_disabled || null, on: { click: () => submit() } }, wordsOf(view.submit))
    : null;
  shown.send = send;
  shown.foot.replaceChildren(...[all, close, send].filter(Boolean));
}

async function submit() {
  const mine = shown;
  if (!mine?.send || mine.sending) return;
  mine.sending = true;
  mine.send.setAttribute("aria-busy", "true");
  clear(mine);
  const answer = await deed("submit", { view_id: mine.view.id, values: valuesOf(mine) });
  mine.sending = false;
  if (shown !== mine) return;
  mine.send?.removeAttribute("aria-busy");
  complain(mine, answer);
}

function complain(mine, answer) {
  const errors = answer.errors ?? {};
  const wrong = mine.fields.filter(({ block }) => errors[block.block_id]);
  for (const { block, node, error } of wrong) {
    error.textContent = errors[block.block_id];
    error.hidden = false;
    node.setAttribute("aria-invalid", "true");
  }
  if (!wrong.length && !answer.ok) {
    mine.trouble.textContent = answer.sentence || "This could not be sent. Try again.";
    mine.trouble.hidden = false;
  }
  if (wrong.length) {
    announce(`${wrong.length === 1 ? "One field needs" : `${wrong.length} fields need`} another look.`);
    (wrong[0].node.matches("input, select, textarea") ? wrong[0].node : wrong[0].node.querySelector("input"))?.focus();
  }
}

function clear(mine) {
  mine.trouble.hidden = true;
  for (const { node, error } of mine.fields) {
    error.hidden = true;
    error.textContent = "";
    node.removeAttribute("aria-invalid");
  }
}

function valuesOf(mine) {
  const values = {};
  for (const { block, element, read } of mine.fields) (values[block.block_id] ??= {})[element.action_id] = read();
  return values;
}

function typedIn(mine) {
  const typed = {};
  for (const { block, element, read } of mine.fields) (typed[block.block_id] ??= {})[element.action_id] = { typed: read() };
  return typed;
}

function merged(values, typed) {
  const all = { ...values };
  for (const [block, actions] of Object.entries(typed)) all[block] = { ...all[block], ...actions };
  return all;
}

async function act(view, block, one, value) {
  const inInput = block.type === "input";
  const name = inInput || value !== undefined ? "fill" : "click";
  const answer = await deed(name, { view_id: view.id, block_id: block.block_id, action_id: one.action_id, value });
  if (!answer.ok && shown?.view.id === view.id) complain(shown, { ...answer, errors: {} });
}

async function leave() {
  const mine = shown;
  const answer = await deed("close");
  if (!answer.ok && shown === mine && mine) {
    mine.box.close();
    shown = null;
  }
}
