// The chosen theme before the first paint.
try {
  const choice = JSON.parse(localStorage.getItem("breakwater.theme"));
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
} catch {
  // nothing kept, nothing chosen
}
