// The filter bar: where its box opens, what a filter of the chosen column looks like, and filtering to a value.
(() => {
  const find = (selector) => document.querySelector(selector);

  // A popover opens under the button that opened it, inside the window.
  document.addEventListener("toggle", (event) => {
    const box = event.target;
    if (!box.matches?.(".sl-pop") || event.newState !== "open") return;
    const opener = opened.get(box.id) ?? find(`[popovertarget="${box.id}"]`);
    const at = opener?.getBoundingClientRect() ?? { left: 8, bottom: 8 };
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${Math.max(8, Math.min(at.bottom + 4, innerHeight - box.offsetHeight - 8))}px`;
    // Where the column is known already, what it is narrowed to comes next.
    const known = (opener?.dataset.column || opener?.dataset.name) && box.querySelector("[name=words]");
    (known || box.querySelector("[autofocus], input:not([type=hidden]), select"))?.focus();
  }, true);

  const opened = new Map();
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[popovertarget]");
    if (!button) return;
    opened.set(button.getAttribute("popovertarget"), button);
    if (button.getAttribute("popovertarget") === "add-filter" && button.dataset.key) fill(button.dataset.column, "");
    if (button.dataset.name) fill(button.dataset.name, button.dataset.words);
  }, true);

  function fill(name, words) {
    const form = find("#add-filter form");
    if (!form) return;
    if (name) form.elements.add.value = name;
    form.elements.words.value = words;
    showHint(form);
  }

  function showHint(form) {
    form.querySelector(".hint").textContent = form.elements.add.selectedOptions[0]?.dataset.hint ?? "";
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("#add-filter select")) showHint(event.target.form);
  });

  // Filters to the value of a cell; the address keeps everything else but the page.
  function filterTo(cell) {
    const name = cell.closest("table").tHead.rows[0].cells[cell.cellIndex].dataset.name;
    if (!name || cell.dataset.filter === undefined) return;
    const address = new URL(location);
    for (const gone of ["after", "before", "figure", "value"]) address.searchParams.delete(gone);
    address.searchParams.set(name, cell.dataset.filter);
    location.assign(address);
  }

  document.addEventListener("keydown", (event) => {
    if (event.code !== "F3" || event.ctrlKey || event.metaKey) return;
    const cell = event.target.closest?.(".sl-list td");
    if (event.altKey && cell) filterTo(cell);
    else if (event.shiftKey) {
      const button = find("[data-key=filter]");
      if (!button) return;
      const head = cell?.closest("table").tHead.rows[0].cells[cell.cellIndex];
      button.dataset.column = head?.dataset.name ?? "";
      button.click();
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
})();
