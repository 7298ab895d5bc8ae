// The palette: type, choose with the arrows, go. The server finds; the newest answer counts.
(() => {
  const dialog = document.querySelector("#palette");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const status = dialog.querySelector("[role=status]");
  let asked = 0;
  let answered = null; // what the options are for
  let timer = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  async function ask() {
    const mine = ++asked;
    const typed = input.value;
    const query = new URLSearchParams({ q: typed, at: location.pathname });
    let text = "";
    try {
      const answer = await fetch(`${dialog.dataset.from}?${query}`, { headers: { "HX-Request": "true" } });
      if (answer.redirected) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      text = await answer.text();
    } catch {
      if (mine === asked) status.textContent = status.dataset.failed;
      return;
    }
    if (mine !== asked) return;
    list.innerHTML = text;
    status.textContent = "";
    choose(options()[0]);
    answered = typed;
  }

  function open() {
    if (dialog.open) return input.select();
    input.value = "";
    answered = null;
    list.replaceChildren();
    dialog.showModal();
    input.focus();
    ask();
  }

  function step(by) {
    const all = options();
    if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 80);
  });

  input.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter") {
      const newTab = event.ctrlKey || event.metaKey;
      clearTimeout(timer);
      if (answered !== input.value) await ask();
      const url = chosen()?.href;
      if (url && newTab) window.open(url, "_blank", "noopener");
      else if (url) location.assign(url);
    } else return;
    event.preventDefault();
  });

  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-do=palette]");
    if (!opener || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open();
  });
})();
