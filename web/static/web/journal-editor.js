// The editor of a cell: plain text, with a look-up while typing where the column has one.

import { chosen, taken } from "./journal-columns.js";
import { escaped, number } from "./journal-values.js";

const PAUSE = 100;

/** A list of hits under the cell that is typed into; the input stays the only thing that has the focus. */
class Lookup {
  constructor(input, { ask, words, pick }) {
    Object.assign(this, { input, ask, words, pick, hits: [], at: -1, open: false, asked: "" });
    this.box = document.createElement("div");
    Object.assign(this.box, { id: "journal-lookup", className: "sl-lookup", hidden: true });
    this.box.setAttribute("role", "listbox");
    this.box.setAttribute("aria-label", words.hits);
    document.body.append(this.box);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", this.box.id], ["aria-expanded", "false"]]) {
      input.setAttribute(name, value);
    }
    this.box.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest(".o");
      if (option) this.pick(this.hits[Number(option.dataset.at)]);
    });
  }

  search(text, pause = PAUSE) {
    clearTimeout(this.timer);
    this.asked = text;
    this.timer = setTimeout(async () => {
      this.stop?.abort();
      this.stop = new AbortController();
      try {
        const hits = await this.ask(text, this.stop.signal);
        if (this.asked === text && !this.closed) this.show(hits);
      } catch {
        if (!this.closed) this.show([]);
      }
    }, pause);
  }

  show(hits) {
    this.hits = hits;
    this.at = -1;
    this.open = hits.length > 0;
    this.box.hidden = !this.open;
    this.input.setAttribute("aria-expanded", String(this.open));
    const wide = hits.some((hit) => hit.figure !== undefined);
    this.box.innerHTML =
      (wide ? `<div class="h" aria-hidden="true"><span>${escaped(this.words.number)}</span><span>${escaped(this.words.description)}</span><span>${escaped(this.words.onHand)}</span></div>` : "") +
      hits
        .map((hit, at) => `<div class="o" role="option" id="journal-hit-${at}" data-at="${at}" aria-selected="false"><span class="strong">${escaped(hit.code)}</span><span>${escaped(hit.name)}</span><span>${escaped(hit.figure === undefined ? "" : hit.figure)}</span></div>`)
        .join("");
    this.place();
  }

  place() {
    const at = this.input.getBoundingClientRect();
    const up = at.bottom + this.box.offsetHeight + 8 > innerHeight && at.top > this.box.offsetHeight;
    this.box.style.left = `${Math.max(4, Math.min(at.left, innerWidth - this.box.offsetWidth - 8)) + scrollX}px`;
    this.box.style.top = `${(up ? at.top - this.box.offsetHeight - 3 : at.bottom + 3) + scrollY}px`;
  }

  move(step) {
    if (!this.open) return;
    this.at = (this.at + step + this.hits.length + (this.at < 0 && step < 0 ? 1 : 0)) % this.hits.length;
    [...this.box.querySelectorAll(".o")].forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === this.at));
      if (at === this.at) option.scrollIntoView({ block: "nearest" });
    });
    this.input.setAttribute("aria-activedescendant", `journal-hit-${this.at}`);
  }

  /** What the typed text stands for: the hit that was moved to, or the only one. */
  choice(typed) {
    if (this.at >= 0) return this.hits[this.at].code;
    const bare = typed.trim().toUpperCase();
    const same = this.hits.some((hit) => hit.code.toUpperCase() === bare);
    return this.asked === typed && this.hits.length === 1 && !same && bare ? this.hits[0].code : typed;
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.stop?.abort();
    this.box.remove();
  }
}

/** A SlickGrid editor class; `ask(column, line)` gives the function that finds hits, or null. */
export function editorClass({ ask, words, closed }) {
  return class Editor {
    constructor(args) {
      this.args = args;
      this.column = args.column.about;
      this.input = document.createElement("input");
      this.input.setAttribute("aria-label", this.column.title);
      this.input.autocomplete = "off";
      this.input.spellcheck = false;
      this.input.maxLength = 250;
      if (this.column.kind === "number") this.input.inputMode = "decimal";
      args.container.append(this.input);
      this.input.addEventListener("keydown", (event) => this.key(event));
      this.input.addEventListener("input", () => this.lookup?.search(this.input.value));
      const find = ask(this.column, args.item);
      if (find) {
        this.lookup = new Lookup(this.input, { ask: find, words, pick: (hit) => this.take(hit) });
      }
      this.input.focus();
    }

    /** Keys that belong to the text or to the open list; all others are the grid's. */
    key(event) {
      const list = this.lookup?.open && (event.key === "ArrowDown" || event.key === "ArrowUp");
      if (list) {
        this.lookup.move(event.key === "ArrowDown" ? 1 : -1);
        event.preventDefault();
      }
      const inText = this.careful && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key);
      const inList = event.altKey && event.key === "ArrowDown";
      if (inList) this.lookup?.search("", 0);
      const undo = (event.ctrlKey || event.metaKey) && "zycxva".includes(event.key.toLowerCase());
      const rubs = event.key === "Delete" || event.key === "Backspace";
      if (list || inText || inList || undo || (rubs && !event.ctrlKey)) event.stopPropagation();
    }

    take(hit) {
      this.input.value = hit.code;
      this.lookup.show([]);
      this.args.commitChanges();
    }

    loadValue(line) {
      const text = line.values[this.column.field] ?? "";
      this.was = this.column.kind === "choice" ? (this.column.choices.find((choice) => choice.value === text)?.label ?? text) : text;
      this.input.value = this.was;
      this.input.select();
    }

    /** F2: the text is edited, not typed over. */
    edit() {
      this.careful = true;
      this.input.setSelectionRange(this.input.value.length, this.input.value.length);
      this.lookup?.search(this.input.value, 0);
    }

    serializeValue() {
      const typed = this.lookup ? this.lookup.choice(this.input.value) : this.input.value;
      return taken(this.column, typed);
    }

    applyValue(line, value) {
      line.values[this.column.field] = value;
    }

    isValueChanged() {
      return this.input.value !== this.was || (this.lookup?.at ?? -1) >= 0;
    }

    validate() {
      return { valid: true, msg: null };
    }

    focus() {
      this.input.focus();
    }

    destroy() {
      this.lookup?.close();
      this.input.remove();
      closed();
    }
  };
}

/** Finds hits through the API; choices are known to the page already. */
export function finder(api) {
  const answers = new Map();
  return (column, line) => {
    if (column.kind === "choice") return async (text) => choices(column, text);
    if (!column.lookup) return null;
    return async (text, signal) => {
      const asked = new URLSearchParams({ q: text, limit: "8" });
      if (column.lookup === "items" && line.values.location && !line.unread.location) asked.set("location", line.values.location);
      if (column.lookup === "units" || column.lookup === "variants") asked.set("item", line.values.item ?? "");
      const path = `lookups/${column.lookup}/?${asked}`;
      if (!answers.has(path) || Date.now() - answers.get(path).at > 10_000) {
        const { results } = await api.get(path, { signal });
        answers.set(path, { at: Date.now(), hits: results.map(hit) });
      }
      return answers.get(path).hits;
    };
  };
}

function hit(found) {
  if (found.on_hand === undefined) return { code: found.code ?? found.number, name: found.name ?? "" };
  return { code: found.number, name: found.description, figure: number(found.on_hand) };
}

function choices(column, text) {
  const only = chosen(column.choices, text.trim());
  const wanted = text.trim().toLowerCase();
  return column.choices
    .filter((choice) => choice.value === only || choice.label.toLowerCase().includes(wanted))
    .map((choice) => ({ code: choice.label, name: "" }));
}
