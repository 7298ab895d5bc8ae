// Views and columns: counts that come after the page, and the order of columns.
(() => {
  const tabs = document.querySelector("[data-counts]");
  if (tabs) {
    fetch(tabs.dataset.counts, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : {}))
      .then((counts) => {
        for (const tab of tabs.querySelectorAll("[data-view]")) tab.querySelector(".n").textContent = counts[tab.dataset.view] ?? "";
      })
      .catch(() => {}); // without counts the tabs work all the same
  }

  function move(line, step) {
    const other = step < 0 ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    const focused = document.activeElement;
    if (step < 0) other.before(line);
    else other.after(line);
    focused?.focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".sl-columns [data-move]");
    if (button) move(button.closest("li"), Number(button.dataset.move));
  });

  document.addEventListener("keydown", (event) => {
    const line = event.target.closest?.(".sl-columns li");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!line || !step || !event.altKey) return;
    event.preventDefault();
    move(line, step);
  });
})();
