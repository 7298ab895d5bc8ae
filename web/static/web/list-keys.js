// A list by keyboard: arrows move a focused cell, Enter opens it, Space selects its row. One tab stop for the table.
(() => {
  const grid = () => document.querySelector(".sl-list");
  const lines = () => [...(grid()?.tBodies[0]?.rows ?? [])];
  const shown = (cell) => cell.offsetParent !== null;
  const cellsOf = (line) => [...line.cells].filter(shown);

  // The first cell takes the tab stop; links in cells are reached by Enter, not by Tab through hundreds of them.
  function prepare() {
    const first = lines()[0];
    if (!first) return;
    for (const link of grid().querySelectorAll("tbody a, tbody input")) link.tabIndex = -1;
    const here = grid().querySelector("td[tabindex='0']");
    if (!here) (cellsOf(first).find((cell) => !cell.matches(".check")) ?? first.cells[0]).tabIndex = 0;
  }

  function move(from, to) {
    if (!to) return;
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function target(event, cell) {
    const line = cell.parentElement;
    const all = lines();
    const at = all.indexOf(line);
    const cells = cellsOf(line);
    const place = cells.indexOf(cell);
    const below = (row) => row && (cellsOf(row)[place] ?? cellsOf(row)[0]);
    const far = event.ctrlKey || event.metaKey;
    switch (event.key) {
      case "ArrowDown": return below(all[at + 1]);
      case "ArrowUp": return below(all[at - 1]);
      case "ArrowRight": return cells[place + 1];
      case "ArrowLeft": return cells[place - 1];
      case "Home": return far ? cellsOf(all[0])[0] : cells[0];
      case "End": return far ? cellsOf(all.at(-1)).at(-1) : cells.at(-1);
      case "PageDown": return below(all[Math.min(at + 15, all.length - 1)]);
      case "PageUp": return below(all[Math.max(at - 15, 0)]);
    }
  }

  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(".sl-list tbody td");
    if (!cell || event.altKey || event.target.matches("select, textarea")) return;
    if (event.key === "Enter") {
      if (event.target !== cell) return;
      (cell.querySelector("a") ?? cell.parentElement.querySelector("a"))?.click();
    } else if (event.key === " " && window.listSelection) {
      window.listSelection.toggle(cell.parentElement, event.shiftKey);
    } else {
      const to = target(event, cell);
      if (!to && !event.key.startsWith("Arrow")) return;
      if (to && event.shiftKey && window.listSelection) window.listSelection.extend(cell.parentElement, to.parentElement);
      move(cell, to);
    }
    event.preventDefault();
  });

  document.addEventListener("focusin", (event) => {
    const cell = event.target.closest?.(".sl-list tbody td");
    if (!cell || cell.tabIndex === 0) return;
    for (const other of grid().querySelectorAll("td[tabindex='0']")) other.tabIndex = -1;
    cell.tabIndex = 0;
  });

  document.addEventListener("click", (event) => {
    const cell = event.target.closest?.(".sl-list tbody td");
    if (cell && !event.target.closest("a, button, input")) move(grid().querySelector("td[tabindex='0']") ?? cell, cell);
  });

  document.addEventListener("htmx:afterSettle", prepare);
  prepare();
})();
