// The bot's Home tab as the person on the page has it.
import { deed } from "./api.js";
import { blocks } from "./blocks.js";
import { h } from "./dom.js";
import { tell } from "./notice.js";
import { nameOf, state } from "./state.js";

export function drawHome(box) {
  const view = state.homes.get(state.me);
  if (!view) {
    box.replaceChildren(h("p", { class: "empty-state" }, `${state.app?.name ?? "The bot"} has not drawn a Home tab for ${nameOf(state.me)} yet.`));
    return;
  }
  const at = box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const act = async (block, one, value) => {
    const answer = await deed("click", { home: true, action_id: one.action_id, block_id: block.block_id, value });
    if (!answer.ok) tell(answer.sentence);
  };
  box.replaceChildren(h("div", { class: "content" }, blocks(view.blocks, { surface: "home", values: view.state?.values, act })));
  if (at) box.querySelector(`[data-key="${CSS.escape(at)}"]`)?.focus();
}
