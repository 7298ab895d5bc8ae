// The frame: theme, menu on small screens, and the keys that work everywhere. Pages work without it.
(() => {
  const root = document.documentElement;
  const find = (selector) => document.querySelector(selector);
  const token = () => find("meta[name=csrf-token]").content;
  const kept = localStorage.getItem("sl-theme");
  if (!root.dataset.theme && kept && !find("[data-save]")) root.dataset.theme = kept;

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  function switchTheme(button) {
    const theme = isDark() ? "light" : "dark";
    root.dataset.theme = theme;
    localStorage.setItem("sl-theme", theme);
    window.dispatchEvent(new CustomEvent("sl-theme"));
    if (!button.dataset.save) return;
    fetch(button.dataset.save, {
      method: "POST",
      headers: { "X-CSRFToken": token() },
      body: new URLSearchParams({ theme }),
    });
  }

  function showMenu(shown) {
    find(".sl-nav")?.classList.toggle("show", shown);
    find("[data-do=nav]")?.setAttribute("aria-expanded", shown);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button?.dataset.do === "theme") switchTheme(button);
    else if (button?.dataset.do === "nav") showMenu(!find(".sl-nav").classList.contains("show"));
    else if (button?.dataset.do === "copy") navigator.clipboard.writeText(find(button.dataset.from).textContent.trim());
    else if (!event.target.closest(".sl-nav")) showMenu(false);
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  const typing = (element) => element.closest?.("input, textarea, select, [contenteditable], .slick-cell") !== null;
  const keys = {
    altKeyQ: () => find("#find"),
    ctrlKeyK: () => find("#find"),
    altctrlKeyQ: () => find("[data-key=related]") ?? find("a[data-page=find-entries]"),
    F3: () => find("[data-key=search]"),
    altKeyN: () => find("[data-key=new]"),
    ctrlKeyS: () => find("[data-key=save]"),
    altArrowRight: () => find("[data-key=later]"),
    altArrowLeft: () => find("[data-key=earlier]"),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") showMenu(false);
    if (event.key === "?" && !typing(event.target)) {
      bootstrap.Modal.getOrCreateInstance("#shortcuts").show();
      return;
    }
    const name = (event.altKey ? "alt" : "") + (event.ctrlKey || event.metaKey ? "ctrl" : "") + event.code;
    const target = keys[name]?.();
    if (!target) return;
    event.preventDefault();
    if (target.matches("input")) target.select();
    else target.click();
  });
})();
