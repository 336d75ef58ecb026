// Moments, always in UTC, as the bot says them.
import { businessOf } from "../world/beats.js";
import { h } from "./dom.js";

const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const CLOCK = format({ hour: "2-digit", minute: "2-digit" });
const SECONDS = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = format({ weekday: "long", day: "numeric", month: "long" });
const SHORT = format({ day: "numeric", month: "short", year: "numeric" });
const LONG = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const NUMBERS = format({ year: "numeric", month: "2-digit", day: "2-digit" });

const precise = (at) => `${LONG.format(at)}, ${SECONDS.format(at)} UTC`;

/** When a message was written, in business time: Slack stamps by the wall, which runs slower here. */
export const moment = (ts) => new Date(businessOf(Number(ts) * 1000));
export const clock = (ts) => CLOCK.format(moment(ts));
export const day = (ts) => DAY.format(moment(ts));
export const full = (ts) => precise(moment(ts));

/** `<!date^1700000000^{date_short} at {time}^link|fallback>` without its brackets. */
export function dateNode(inner, fallback) {
  const [stamp, pattern = ""] = inner.split("^");
  if (!/^\d{1,11}$/.test(stamp)) return document.createTextNode(fallback);
  const at = new Date(Number(stamp) * 1000);
  const parts = {
    date_num: NUMBERS.format(at).split("/").reverse().join("-"),
    date: LONG.format(at).replace(/^\w+,? /, ""),
    date_short: SHORT.format(at),
    date_long: LONG.format(at),
    time: `${CLOCK.format(at)} UTC`,
    time_secs: `${SECONDS.format(at)} UTC`,
  };
  const words = pattern.replace(/\{(\w+)\}/g, (whole, name) => parts[name.replace("_pretty", "")] ?? whole);
  return h("time", { datetime: at.toISOString(), title: precise(at) }, words || fallback);
}
