// What a screen reader hears of the market: news at once but never in a flood, a summary now and then.
import { amount } from "./words.js";

const BETWEEN = 12_000;
const SUMMARY = 90_000;

/** `news(sentence)` and `summary(point)` speak through `announce`, one sentence at a time. */
export function speaker(announce) {
  const waiting = [];
  let spoke = 0;
  let summed = Date.now();

  function next() {
    if (!waiting.length || Date.now() - spoke < BETWEEN) return;
    spoke = Date.now();
    announce(waiting.splice(0).slice(-3).join(" "));
  }

  setInterval(next, 1000);
  return {
    news(sentence) {
      waiting.push(sentence);
      next();
    },
    now(sentence) {
      spoke = Date.now();
      announce(sentence);
    },
    summary(point) {
      if (Date.now() - summed < SUMMARY || waiting.length) return;
      summed = Date.now();
      const cover = point.coverage >= 1000 ? "" : `, coverage ${point.coverage.toFixed(1)}`;
      waiting.push(`Market: hot wallet ${amount(point.hot)} USDT, ${point.queue_count} withdrawals waiting${cover}.`);
    },
  };
}
