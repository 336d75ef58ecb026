// Blocks → nodes.
import { h } from "./dom.js";
import { element } from "./elements.js";
import { field } from "./inputs.js";
import { mrkdwn, textOf, wordsOf } from "./mrkdwn.js";
import { picture } from "./pictures.js";
import { richText } from "./rich.js";

let count = 0;

/** Draw blocks. `ctx` is what `element` needs, and `fields` where input blocks leave their readers. */
export function blocks(all, ctx) {
  return all.map((block) => DRAW[block.type]?.(block, ctx) ?? h("p", { class: "hint" }, `(${block.type})`));
}

const DRAW = {
  section,
  divider: () => h("hr", { class: "divider" }),
  header: (block) => h("h3", { class: "block-header" }, textOf(block.text)),
  image: (block) => picture(block, { title: block.title ? wordsOf(block.title) : null }),
  actions: (block, ctx) => h("div", { class: "row actions" }, block.elements.map((one) => element(one, block, ctx))),
  context: (block) => h("div", { class: "context" }, block.elements.map(contextPiece)),
  context_actions: (block, ctx) => h("div", { class: "row" }, block.elements.map((one) => element(one, block, ctx))),
  input,
  rich_text: (block) => h("div", { class: "prose" }, richText(block)),
  table,
  markdown: (block) => h("div", { class: "prose preline" }, block.text),
  video: (block) => h("p", { class: "elsewhere" }, `${wordsOf(block.title)} — videos are not shown in the sandbox.`),
  alert: (block) => h("div", { class: `alert ${block.level ?? "default"}`, role: "note" }, body(block.text)),
};

function section(block, ctx) {
  const fields = block.fields ? h("div", { class: "fields" }, block.fields.map((one) => h("div", {}, body(one)))) : null;
  const text = h("div", { class: "prose" }, block.text ? body(block.text) : null, fields);
  if (!block.accessory) return text;
  return h("div", { class: "with-accessory" }, text, h("div", { class: "accessory" }, element(block.accessory, block, ctx)));
}

function body(text) {
  if (text.type === "mrkdwn") return mrkdwn(text.text);
  return text.text.split(/\n{2,}/).map((part) => h("p", { class: "preline" }, textOf({ ...text, text: part })));
}

function contextPiece(one) {
  if (one.type === "image") return picture(one, { small: true });
  return h("div", {}, one.type === "mrkdwn" ? mrkdwn(one.text) : textOf(one));
}

function input(block, ctx) {
  const one = block.element;
  const id = `field-${(count += 1)}`;
  const drawn = field(one, ctx.values?.[block.block_id]?.[one.action_id], {
    id,
    onChange: () => block.dispatch_action && ctx.act(block, one, drawn.read()),
  });
  const hint = block.hint ? h("p", { class: "hint", id: `${id}-hint` }, textOf(block.hint)) : null;
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const words = [wordsOf(block.label), block.optional ? h("span", { class: "hint" }, " (optional)") : null];
  const label = h(drawn.group ? "span" : "label", { class: "label", id: `${id}-label`, for: drawn.group ? null : id }, words);
  drawn.node.setAttribute("aria-describedby", [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" "));
  if (drawn.group) drawn.node.setAttribute("aria-labelledby", `${id}-label`);
  else if (!block.optional) drawn.node.setAttribute("aria-required", "true");
  drawn.node.dataset.key = `${block.block_id}/${one.action_id}`;
  ctx.fields?.push({ block, element: one, node: drawn.node, read: drawn.read, error });
  return h("div", { class: "field" }, label, drawn.node, hint, error);
}

function table(block) {
  const [head, ...rows] = block.rows;
  const side = (at) => block.column_settings?.[at]?.align ?? "left";
  const cells = (row, tag) => row.map((cell, at) => h(tag, { class: `align-${side(at)}`, scope: tag === "th" ? "col" : null }, cellText(cell)));
  return h(
    "div",
    { class: "table", tabindex: "0", role: "region", "aria-label": "Table" },
    h("table", {}, h("thead", {}, h("tr", {}, cells(head, "th"))), h("tbody", {}, rows.map((row) => h("tr", {}, cells(row, "td"))))),
  );
}

function cellText(cell) {
  if (cell.type === "rich_text") return richText(cell);
  return String(cell.text ?? cell.value ?? "");
}
