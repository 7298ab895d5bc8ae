// Posting and preview. An attempt has one key, which every repetition of it carries: whatever gets lost, it posts once.

import { newKey } from "./journal-api.js";
import { day, escaped, number } from "./journal-values.js";
import { part } from "./journal-problems.js";

const PATIENCE = [1000, 2000, 4000];
const VERBS = { all: "posting/", valid: "valid-posting/" };

export class Poster {
  /** `page`: {settle, lock, problems, notice, posted, refused, state} of the journal page. */
  constructor({ api, page, words, urls, name, dialogs }) {
    Object.assign(this, { api, page, words, urls, dialogs });
    this.kept = `stockledger.posting.${name}`;
    this.busy = false;
  }

  /** Save first, then post what was saved, whole or not at all. A second press while it runs does nothing. */
  async post(verb = "all", only = null) {
    if (this.busy) return;
    this.busy = true;
    this.page.lock(true);
    try {
      if (!(await this.page.settle())) {
        this.page.notice("bad", this.words.notSavedYet);
        return;
      }
      const lines = only ?? this.page.versions();
      if (!lines.length) return this.page.notice("bad", this.words.nothing);
      const attempt = { key: newKey(), verb, body: JSON.stringify({ lines }), lines: lines.map((line) => line.id) };
      this.remember(attempt);
      await this.send(attempt);
    } finally {
      this.busy = false;
      this.page.lock(false);
    }
  }

  /** An attempt whose answer an earlier page did not live to see. */
  async resume() {
    const attempt = this.remembered();
    if (!attempt || this.busy) return;
    this.busy = true;
    this.page.lock(true);
    try {
      await this.send(attempt);
    } finally {
      this.busy = false;
      this.page.lock(false);
    }
  }

  async send(attempt) {
    this.page.state("posting");
    for (let count = 0; ; count += 1) {
      try {
        const { data } = await this.api.post(VERBS[attempt.verb], attempt.body, { headers: { "Idempotency-Key": attempt.key }, limit: 300_000 });
        this.remember(null);
        await this.page.posted(data, attempt);
        return;
      } catch (problem) {
        if (problem.passing && count < PATIENCE.length) {
          await new Promise((resolve) => setTimeout(resolve, PATIENCE[count]));
          continue;
        }
        if (problem.passing) return this.unanswered(problem);
        this.remember(null);
        await this.page.refused(problem, attempt);
        return;
      }
    }
  }

  unanswered(problem) {
    const text = problem.message || this.words.noAnswer;
    this.page.notice("bad", text, [[this.words.askAgain, () => this.resume()]]);
  }

  remember(attempt) {
    try {
      if (attempt) localStorage.setItem(this.kept, JSON.stringify(attempt));
      else localStorage.removeItem(this.kept);
      this.attempt = attempt;
    } catch {
      this.attempt = attempt;
    }
  }

  remembered() {
    try {
      return this.attempt ?? JSON.parse(localStorage.getItem(this.kept));
    } catch {
      return null;
    }
  }

  async confirmValid(lines) {
    const { confirm } = this.dialogs;
    confirm.querySelector("[data-text]").textContent = count(this.words.confirmValid, lines.length);
    confirm.returnValue = "";
    confirm.showModal();
    await new Promise((resolve) => confirm.addEventListener("close", resolve, { once: true }));
    if (confirm.returnValue === "yes") await this.post("valid", lines);
  }

  async preview() {
    if (this.busy) return;
    this.busy = true;
    this.page.lock(true);
    try {
      if (!(await this.page.settle())) {
        this.page.notice("bad", this.words.notSavedYet);
        return;
      }
      const lines = this.page.versions();
      if (!lines.length) return this.page.notice("bad", this.words.nothing);
      this.page.state("previewing");
      const { data } = await this.api.post("preview/", { lines }, { limit: 300_000 });
      this.page.problems.take([]);
      this.page.notice(null);
      drawPreview(this.dialogs.preview.querySelector("[data-tables]"), data, this.words);
      this.dialogs.preview.showModal();
    } catch (problem) {
      if (problem.passing) this.page.notice("bad", problem.message || this.words.noPreview);
      else await this.page.refused(problem, null);
    } finally {
      this.busy = false;
      this.page.lock(false);
    }
  }
}

/** A sentence with a number in it: `forms` are one and many. */
export function count(forms, many) {
  return forms[many === 1 ? 0 : 1].replace("{count}", number(String(many)));
}

const NUMBERS = { quantity: 0, cost: 2, sales_amount: 2, amount: 2, unit_cost: 2, value: 2 };

function drawPreview(box, data, words) {
  box.replaceChildren();
  for (const name of ["items", "item_entries", "value_entries", "gl_entries"]) {
    const rows = data[name] ?? [];
    const section = part("section", "", "");
    const title = part("h3", "", words.preview[name]);
    title.append(part("span", "mute small", ` ${number(String(rows.length))}`));
    section.append(title, rows.length ? table(rows, words.preview[name], words) : part("p", "mute", words.preview.none));
    box.append(section);
  }
  for (const reason of data.left ?? []) box.prepend(part("div", "sl-notice warn", reason));
}

function table(rows, caption, words) {
  const names = Object.keys(rows[0]).filter((name) => words.preview.columns[name]);
  const element = part("table", "sl-table tight", "");
  const head = names.map((name) => `<th scope="col" class="${name in NUMBERS ? "num" : ""}">${escaped(words.preview.columns[name])}</th>`);
  const body = rows.slice(0, 500).map((row) => `<tr>${names.map((name) => cell(name, row[name], words)).join("")}</tr>`);
  element.innerHTML = `<caption class="visually-hidden">${escaped(caption)}</caption><thead><tr>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody>`;
  const frame = part("div", "sl-tablewrap", "");
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", caption);
  frame.append(element);
  return frame;
}

function cell(name, value, words) {
  if (name in NUMBERS) return `<td class="num"><span class="pencil">${escaped(number(String(value ?? ""), NUMBERS[name]))}</span></td>`;
  if (name.endsWith("_date")) return `<td>${escaped(day(value))}</td>`;
  if (typeof value === "boolean") return `<td>${value ? escaped(words.yes) : ""}</td>`;
  return `<td>${escaped(words.types[value] ?? value ?? "")}</td>`;
}
