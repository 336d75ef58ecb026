// Starts the page.
const theme = { name: "light", subscribe: () => () => {} };
import("/console/static/world/world.js")
  .then((world) => world.mount(document.getElementById("world"), { announce: () => {}, theme }))
  .catch(() => {});
