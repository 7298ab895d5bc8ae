// Which rows are meant: ticked one by one, from one to another with Shift, or all that match, told by the filters.
(() => {
  const find = (selector) => document.querySelector(selector);
  const boxes = () => [...document.querySelectorAll(".sl-list tbody .check input")];
  const box = (line) => line.querySelector(".check input");
  let anchor = null;

  function show() {
    const bar = find("#selection");
    if (!bar) return;
    const all = bar.elements.all.value === "1";
    const ticked = boxes().filter((each) => each.checked);
    for (const each of boxes()) each.closest("tr").setAttribute("aria-selected", each.checked);
    bar.hidden = ticked.length === 0;
    const total = find("#count")?.dataset.count ?? "";
    bar.querySelector("[data-selected]").textContent = all ? total : ticked.length;
    const words = bar.querySelector("[data-words]");
    words.textContent = all ? words.dataset.all : words.dataset.words;
    bar.querySelector("[data-total]").textContent = total;
    bar.querySelector("[data-select=all]").hidden = all || ticked.length < boxes().length;
    const head = find(".sl-list thead .check input");
    head.checked = ticked.length > 0 && ticked.length === boxes().length;
    head.indeterminate = ticked.length > 0 && !head.checked;
  }

  function every(checked, all = "") {
    const bar = find("#selection");
    if (!bar) return;
    bar.elements.all.value = all;
    for (const each of boxes()) each.checked = checked;
    show();
  }

  function tick(line, checked) {
    find("#selection").elements.all.value = "";
    box(line).checked = checked;
    anchor = line;
    show();
  }

  function range(from, to, checked) {
    const lines = boxes().map((each) => each.closest("tr"));
    const [first, last] = [lines.indexOf(from), lines.indexOf(to)].sort((a, b) => a - b);
    find("#selection").elements.all.value = "";
    for (const line of lines.slice(Math.max(first, 0), last + 1)) box(line).checked = checked;
    show();
  }

  // The keyboard's part: list-keys.js calls these.
  window.listSelection = {
    toggle(line, extending) {
      if (!box(line)) return;
      if (extending && anchor?.isConnected) range(anchor, line, true);
      else tick(line, !box(line).checked);
    },
    extend(from, to) {
      if (!box(from)) return;
      if (!anchor?.isConnected) anchor = from;
      range(anchor, to, true);
    },
    all: () => every(true),
    none: () => every(false),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-select]");
    if (button?.dataset.select === "all") every(true, "1");
    else if (button?.dataset.select === "none") every(false);
    else if (button?.dataset.select === "page") every(button.checked);
    else if (event.target.matches(".sl-list tbody .check input")) {
      const line = event.target.closest("tr");
      if (event.shiftKey && anchor?.isConnected) range(anchor, line, event.target.checked);
      else tick(line, event.target.checked);
    } else if (event.ctrlKey || event.metaKey || event.shiftKey) {
      const line = event.target.closest(".sl-list tbody tr");
      if (!line || !box(line) || event.target.closest("a, button, input")) return;
      if (event.shiftKey && anchor?.isConnected) range(anchor, line, true);
      else tick(line, !box(line).checked);
      getSelection().removeAllRanges();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.(".sl-list") && event.target !== document.body) return;
    if (event.key === "Escape" && !find(":popover-open")) every(false);
    else if (event.code === "KeyA" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      every(true);
    }
  });

  // A page that comes back from memory may have kept its ticks; a new table has none.
  addEventListener("pageshow", show);
  document.addEventListener("htmx:afterSettle", show);
})();
