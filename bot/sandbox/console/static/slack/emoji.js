// The shortcodes that are common in such channels; any other stays as it was written.
const COMMON = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", rotating_light: "🚨",
  no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", red_circle: "🔴", large_orange_circle: "🟠",
  large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵", white_circle: "⚪",
  black_circle: "⚫", large_red_square: "🟥", large_green_square: "🟩", lock: "🔒", unlock: "🔓", key: "🔑",
  shield: "🛡️", bell: "🔔", no_bell: "🔕", mega: "📣", loudspeaker: "📢", speech_balloon: "💬", memo: "📝",
  clipboard: "📋", pushpin: "📌", round_pushpin: "📍", paperclip: "📎", link: "🔗", bookmark: "🔖",
  chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊", moneybag: "💰",
  bank: "🏦", dollar: "💵", credit_card: "💳", hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️",
  alarm_clock: "⏰", clock1: "🕐", calendar: "📆", date: "📅", eyes: "👀", mag: "🔍", wave: "👋", ok_hand: "👌",
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", clap: "👏", pray: "🙏", raised_hands: "🙌",
  raised_hand: "✋", point_right: "👉", point_down: "👇", muscle: "💪", tada: "🎉", rocket: "🚀", fire: "🔥",
  boom: "💥", ocean: "🌊", anchor: "⚓", zap: "⚡", question: "❓", grey_question: "❔", exclamation: "❗",
  information_source: "ℹ️", bulb: "💡", gear: "⚙️", wrench: "🔧", hammer_and_wrench: "🛠️", robot_face: "🤖",
  smile: "😄", slightly_smiling_face: "🙂", thinking_face: "🤔", sweat_smile: "😅", cry: "😢", heart: "❤️",
  arrow_up: "⬆️", arrow_down: "⬇️", arrow_right: "➡️", arrow_left: "⬅️", repeat: "🔁", leftwards_arrow_with_hook: "↩️",
  one: "1️⃣", two: "2️⃣", three: "3️⃣", four: "4️⃣", five: "5️⃣", new: "🆕", sos: "🆘", construction: "🚧",
  double_vertical_bar: "⏸️", arrow_forward: "▶️", black_square_for_stop: "⏹️", checkered_flag: "🏁",
  phone: "☎️", telephone_receiver: "📞", pager: "📟", newspaper: "📰", test_tube: "🧪", sandbox: "🏖️",
};

export function emoji(name) {
  return COMMON[name] ?? null;
}

/** A text with its known shortcodes as characters. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+'-]+):/g, (whole, name) => COMMON[name] ?? whole);
}
