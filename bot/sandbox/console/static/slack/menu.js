// A small list that opens beside a button: menus of actions and lists to choose from.
import { h, rove, roving } from "./dom.js";

let open = null;

/**
 * Open a list of `items` ({text, note, value, disabled}) beside `anchor`; `onPick(item)` gets the chosen one.
 * Escape, Tab and a click elsewhere close it and give the focus back.
 */
export function openMenu(anchor, items, { label, onPick, listbox = false, selected = null }) {
  closeMenu();
  const role = listbox ? "option" : "menuitem";
  const entries = items.map((item) =>
    h(
      "div",
      {
        role,
        class: "menu-item",
        tabindex: "-1",
        "aria-selected": listbox ? String(item.value === selected) : null,
        "aria-disabled": item.disabled ? "true" : null,
        on: { click: () => pick(item) },
      },
      h("span", { class: "menu-text" }, item.text),
      item.note ? h("span", { class: "menu-note" }, item.note) : null,
    ),
  );
  const list = h("div", { class: "menu", role: listbox ? "listbox" : "menu", "aria-label": label }, entries);
  const pick = (item) => {
    if (item.disabled) return;
    closeMenu();
    onPick(item);
  };
  roving(list, `[role=${role}]`);
  list.addEventListener("keydown", (event) => keys(event, entries, items, pick));
  (anchor.closest("dialog") ?? document.body).append(list);
  place(list, anchor);
  anchor.setAttribute("aria-expanded", "true");
  open = { list, anchor };
  const first = entries[Math.max(0, items.findIndex((item) => item.value === selected))];
  rove(entries, first);
  first?.focus();
  setTimeout(() => document.addEventListener("pointerdown", elsewhere), 0);
}

export function closeMenu({ focus = true } = {}) {
  if (!open) return;
  const { list, anchor } = open;
  open = null;
  document.removeEventListener("pointerdown", elsewhere);
  list.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (focus) anchor.focus();
}

function elsewhere(event) {
  if (open && !open.list.contains(event.target)) closeMenu({ focus: false });
}

function keys(event, entries, items, pick) {
  if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    closeMenu();
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    const at = entries.indexOf(event.target);
    if (at >= 0) pick(items[at]);
  } else if (event.key.length === 1) {
    const letter = event.key.toLowerCase();
    const from = entries.indexOf(event.target) + 1;
    const order = [...entries.slice(from), ...entries.slice(0, from)];
    order.find((entry) => entry.textContent.toLowerCase().startsWith(letter))?.focus();
  }
}

function place(list, anchor) {
  const box = anchor.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const below = box.bottom + 4;
  const top = below + height > window.innerHeight - 8 ? Math.max(8, box.top - height - 4) : below;
  list.style.top = `${top}px`;
  list.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 8))}px`;
}
