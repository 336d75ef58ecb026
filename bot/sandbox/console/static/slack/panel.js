// The panel at the side: a thread, or what is pinned in a channel.
import { load } from "./api.js";
import { Composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { bookmark } from "./dialogs.js";
import { MessageList } from "./list.js";
import { find, on, openPanel, state, titleOf, visible } from "./state.js";

/** Fill the side panel whenever there is something to show in it. */
export function panel(aside) {
  const title = h("h2", {});
  const close = h("button", { type: "button", class: "quiet square", "aria-label": "Close the panel", on: { click: () => openPanel(null) } }, icon("close"));
  const box = h("div", { class: "messages" });
  const empty = h("p", { class: "empty-state", hidden: true });
  const foot = h("div", { class: "place-foot" });
  const list = new MessageList(box, { inThread: true });
  const composer = new Composer(foot, { id: "reply" });
  aside.append(h("header", { class: "place-head" }, title, close), box, empty, foot);
  let giveBack = null;
  const refresh = () => {
    const shown = state.panel;
    if (!shown) return;
    const messages = shown.kind === "pins" ? pinned(shown.channel) : visible(shown.channel, state.me, shown.ts);
    empty.hidden = messages.length > 0;
    empty.textContent = shown.kind === "pins" ? "Nothing is pinned here." : "This thread is gone.";
    list.show(messages);
  };
  on("panel", async () => {
    const shown = state.panel;
    document.body.classList.toggle("with-panel", Boolean(shown));
    aside.hidden = !shown;
    if (!shown) {
      giveBack?.();
      giveBack = null;
      return;
    }
    giveBack ??= bookmark();
    list.clear();
    const thread = shown.kind === "thread";
    title.textContent = thread ? "Thread" : `Pinned in ${titleOf(state.channels.get(shown.channel), state.me)}`;
    aside.setAttribute("aria-label", thread ? "Thread" : "Pinned");
    foot.hidden = !thread;
    if (thread) composer.moveTo({ channel: shown.channel, thread: shown.ts });
    await load(shown.channel);
    if (state.panel !== shown) return;
    refresh();
    if (thread) list.toEnd();
    else box.scrollTop = 0;
    if (shown.focus) (thread ? composer.text : (box.querySelector("[data-ts]") ?? close)).focus();
  });
  on(["message", "messages", "channel"], refresh);
  on("me", () => openPanel(null));
  on("place", () => state.panel && state.panel.channel !== state.place.id && openPanel(null));
  aside.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && openPanel(null));
}

function pinned(channelId) {
  const channel = state.channels.get(channelId);
  return (channel?.pins ?? []).map((ts) => find(channelId, ts)).filter(Boolean);
}
