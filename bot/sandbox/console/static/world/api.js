// The marketplace's stream and the commands that begin a story or change its pace.

/** Ask for something; the answer's own words when it is refused. */
export async function ask(name, body) {
  try {
    const answer = await fetch(`/console/world/${name}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const said = await answer.json();
    return answer.ok ? said : { ok: false, detail: said.detail ?? "That was refused." };
  } catch {
    return { ok: false, detail: "The sandbox does not answer." };
  }
}

/** Listen for looks at the world; `lost` is called when nothing comes any more. */
export function listen(look, lost) {
  const source = new EventSource("/console/world/events");
  source.addEventListener("world", (event) => look(JSON.parse(event.data)));
  source.addEventListener("error", lost);
  return source;
}
