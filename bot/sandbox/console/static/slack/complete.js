// What could be meant by what is being typed: commands and their words, people, channels.
import { cast, partOf } from "./people.js";
import { joined, state } from "./state.js";

const MOST = 12;

/**
 * Suggestions for the text before the caret: {items: [{text, note, insert}], eager, foot}. `eager` means that
 * Enter takes the first; otherwise it sends what is typed.
 */
export function suggestions(before) {
  const command = /^\/[\w-]*$/.exec(before);
  if (command) return commands(command[0]);
  const word = /^(\/[\w-]+)\s+([\w-]*)$/.exec(before);
  if (word && state.app?.usage?.[word[1]]) return words(word[1], word[2]);
  const mention = /(^|\s)@([\w.-]*)$/.exec(before);
  if (mention) return people(mention[2]);
  const channel = /(^|\s)#([\w-]*)$/.exec(before);
  if (channel) return channels(channel[2]);
  return none();
}

export const none = () => ({ items: [], eager: false, foot: "" });

function commands(typed) {
  const items = Object.entries(state.app?.usage ?? {})
    .filter(([name]) => name.startsWith(typed))
    .map(([name, one]) => ({ text: name, hint: one.usage_hint, note: one.description, insert: `${name} `, replaces: typed.length }));
  return { items, eager: true, foot: "Enter or Tab takes it, then type what to do" };
}

function words(command, typed) {
  const usage = state.app.usage[command];
  const all = usage.usage_hint.split("|").map((one) => one.trim()).filter(Boolean);
  if (!all.includes("help")) all.push("help");
  const items = all
    .filter((one) => one.startsWith(typed) && one !== typed)
    .map((one) => ({ text: one, hint: "", note: one === "help" ? "everything it can do, with examples" : "", insert: `${one} `, replaces: typed.length }));
  return { items, eager: false, foot: `${usage.description}. Tab takes a word, Enter sends.` };
}

function people(typed) {
  const wanted = typed.toLowerCase();
  const items = cast()
    .filter((one) => one.name.startsWith(wanted) || one.real_name.toLowerCase().startsWith(wanted))
    .map((one) => ({ text: `@${one.name}`, hint: one.real_name, note: partOf(one), insert: `@${one.name} `, replaces: typed.length + 1 }));
  return { items, eager: true, foot: "" };
}

function channels(typed) {
  const items = joined(state.me)
    .filter((one) => !one.is_im && one.name.includes(typed))
    .slice(0, MOST)
    .map((one) => ({ text: `#${one.name}`, hint: "", note: "", insert: `#${one.name} `, replaces: typed.length + 1 }));
  return { items, eager: true, foot: "" };
}
