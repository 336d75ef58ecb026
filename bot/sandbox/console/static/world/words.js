// Numbers and moments as people say them. Times are UTC.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Shortly, for an axis: 4.5M, 800k, 90. */
export function short(value) {
  const size = Math.abs(value);
  const cut = (number) => String(Number(number.toPrecision(3)));
  if (size >= 1e6) return `${cut(value / 1e6)}M`;
  if (size >= 1e3) return `${cut(value / 1e3)}k`;
  return cut(value);
}

/** For reading: 4.52 million, 812,000, 90. */
export function amount(value) {
  if (Math.abs(value) >= 1e6) return `${(value / 1e6).toFixed(2)} million`;
  return whole.format(Math.abs(value) >= 1e4 ? Math.round(value / 1e3) * 1e3 : value);
}

export const count = (value) => whole.format(value);

/** 09:05 */
export function clock(moment) {
  return new Date(moment).toISOString().slice(11, 16);
}

/** 09:05:20 */
export function clockSeconds(moment) {
  return new Date(moment).toISOString().slice(11, 19);
}

/** How long, at most two units: 40 s, 12 min, 2 h 5 min, 3 d 4 h. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return `${s} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d`;
}

/** One of these: "a, b and c". */
export function list(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** snake_case and dots as people read them. */
export const plain = (name) => name.replaceAll("_", " ");
