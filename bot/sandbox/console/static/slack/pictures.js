// Pictures: those uploaded to the sandbox are drawn, others are named, since nothing is fetched from outside.
import { h } from "./dom.js";
import { link } from "./mrkdwn.js";

const OWN = /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\/files\/(\w+)$/;
const DRAWN = /\.(png|jpe?g|gif)$/i;

export function picture(one, { small = false, title = null } = {}) {
  const address = one.image_url ?? one.slack_file?.url ?? "";
  const number = one.slack_file?.id ?? OWN.exec(address)?.[1];
  if (!number) {
    return h("p", { class: "elsewhere" }, `${one.alt_text || "A picture"} — not shown, it lies outside the sandbox: `, link(address));
  }
  const image = h("img", { src: `/console/slack/files/${number}`, alt: one.alt_text ?? "", class: small ? "thumb" : "chart", loading: "lazy" });
  if (small) return image;
  return h("figure", { class: "picture" }, title ? h("figcaption", {}, title) : null, image);
}

/** A file attached to a message. */
export function attachment(file) {
  const address = `/console/slack/files/${encodeURIComponent(file.id)}`;
  if (DRAWN.test(file.name)) {
    return h(
      "figure",
      { class: "picture" },
      h("figcaption", {}, file.title || file.name),
      h("a", { href: address, target: "_blank", rel: "noopener" }, h("img", { src: address, alt: file.title || file.name, class: "chart", loading: "lazy" })),
    );
  }
  return h("p", { class: "file" }, h("a", { href: address, download: file.name }, file.title || file.name), ` ${size(file.size)}`);
}

function size(bytes) {
  return bytes > 900_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1000))} kB`;
}
