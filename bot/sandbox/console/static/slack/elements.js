// What can be pressed or chosen in a message, a modal or on the Home tab.
import { h, icon } from "./dom.js";
import { confirmed } from "./dialogs.js";
import { chosenIn, field, offers, start } from "./inputs.js";
import { openMenu } from "./menu.js";
import { wordsOf } from "./mrkdwn.js";
import { picture } from "./pictures.js";

let count = 0;

/**
 * An element outside an input block. `ctx.act(block, element, value)` carries a choice out and resolves when
 * it is answered; `ctx.values` has what was chosen before.
 */
export function element(one, block, ctx) {
  const kind = one.type;
  if (kind === "button" || kind === "icon_button") return button(one, block, ctx);
  if (kind === "image") return picture(one, { small: true });
  if (kind === "overflow") return overflow(one, block, ctx);
  if (kind === "feedback_buttons") return feedback(one, block, ctx);
  if (kind.endsWith("_select") && !kind.startsWith("multi_")) return select(one, block, ctx);
  const entry = ctx.values?.[block.block_id]?.[one.action_id];
  const drawn = field(one, entry, {
    id: `element-${(count += 1)}`,
    onChange: () => choose(drawn.node, one, block, ctx, drawn.read()),
  });
  drawn.node.setAttribute("aria-label", wordsOf(one.placeholder) || wordsOf(block.text) || kind.replaceAll("_", " "));
  drawn.node.dataset.key = one.action_id;
  return drawn.node;
}

function button(one, block, ctx) {
  const style = one.style ? ` ${one.style}` : "";
  const node = h(
    "button",
    {
      type: "button",
      class: `button${style}`,
      "data-key": one.action_id,
      "aria-label": one.accessibility_label ?? null,
      on: { click: () => press(node, one, block, ctx) },
    },
    wordsOf(one.text),
  );
  return node;
}

async function press(node, one, block, ctx) {
  if (one.url && /^https?:\/\//i.test(one.url)) window.open(one.url, "_blank", "noopener,noreferrer");
  await choose(node, one, block, ctx);
}

async function choose(node, one, block, ctx, value = undefined, question = one.confirm) {
  if (node.getAttribute("aria-busy") === "true" || !(await confirmed(question))) return;
  node.setAttribute("aria-busy", "true");
  await ctx.act(block, one, value);
  node.removeAttribute("aria-busy");
}

function overflow(one, block, ctx) {
  const node = h(
    "button",
    {
      type: "button",
      class: "button square",
      "data-key": one.action_id,
      "aria-label": "More actions",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      on: {
        click: () =>
          openMenu(node, offers(one), {
            label: "More actions",
            onPick: (item) => {
              if (item.url && /^https?:\/\//i.test(item.url)) window.open(item.url, "_blank", "noopener,noreferrer");
              choose(node, one, block, ctx, item.value);
            },
          }),
      },
    },
    icon("more"),
  );
  return node;
}

function select(one, block, ctx) {
  const chosen = chosenIn(ctx.values?.[block.block_id]?.[one.action_id] ?? start(one));
  const label = wordsOf(one.placeholder) || "Choose";
  const offered = offers(one);
  const shown = offered.find((item) => item.value === chosen)?.text;
  const onPick = (item) => choose(node, one, block, ctx, item.value);
  const node = h(
    "button",
    {
      type: "button",
      class: "button select",
      "data-key": one.action_id,
      "aria-label": shown ? `${label}: ${shown}` : label,
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      on: { click: () => openMenu(node, offered, { label, listbox: true, selected: chosen, onPick }) },
    },
    shown ?? label,
    icon("down"),
  );
  if (one.type === "external_select") {
    node.disabled = true;
    node.title = "The sandbox has no outside list for this.";
  }
  return node;
}

function feedback(one, block, ctx) {
  const buttons = [one.positive_button, one.negative_button].map((each) => {
    const node = h("button", { type: "button", class: "button", on: { click: () => choose(node, one, block, ctx, each.value) } }, wordsOf(each.text));
    return node;
  });
  return h("span", { class: "row" }, buttons);
}
