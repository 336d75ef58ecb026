// Slack stamps its messages by the wall; people in the incident live in business time.
let beats = [];

/** Take over what paces there were: [wall, business, scale] in milliseconds, oldest first. */
export function keepTime(paces) {
  beats = paces;
}

/** The business time of a moment on the wall, both in milliseconds; the same one while no pace is known. */
export function businessOf(wall) {
  const beat = beats.findLast((one) => one[0] <= wall) ?? beats[0];
  return beat && wall >= beat[0] ? beat[1] + (wall - beat[0]) * beat[2] : wall;
}
