// Standard journals, and numbering the documents anew: the server does it, the grid reads the lines again.

import { count } from "./journal-post.js";
import { part } from "./journal-problems.js";

export class Standard {
  /** `page`: {settle, lock, notice, reread, selected} of the journal page. */
  constructor({ api, page, words, dialogs, mayKeep }) {
    Object.assign(this, { api, page, words, dialogs, mayKeep });
    dialogs.keep?.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(new FormData(event.target));
    });
  }

  /** Save what is typed, then do it; the page stays locked meanwhile. Answers what `act` answered, or null. */
  async guarded(act) {
    this.page.lock(true);
    try {
      if (!(await this.page.settle())) {
        this.page.notice("bad", this.words.notSavedYet);
        return null;
      }
      return await act();
    } catch (problem) {
      const texts = problem.errors?.map((each) => each.message) ?? [];
      this.page.notice("bad", [...new Set(texts)].slice(0, 3).join(" ") || this.words.noAnswer);
      return null;
    } finally {
      this.page.lock(false);
    }
  }

  async renumber() {
    const changed = await this.guarded(async () => {
      const { data } = await this.api.post("renumbering/", {});
      if (data.lines) await this.page.reread();
      return data.lines;
    });
    if (changed !== null) this.page.notice("good", changed ? count(this.words.standard.renumbered, changed) : this.words.standard.inOrder);
  }

  async choose() {
    const found = await this.guarded(async () => (await this.api.get("standard-journals/")).results);
    if (found === null) return;
    const { get } = this.dialogs;
    get.querySelector("[data-text]").textContent = found.length ? this.words.standard.choose : this.words.standard.none;
    const rows = found.map((journal) => this.row(journal));
    get.querySelector("[data-list]").replaceChildren(...rows);
    get.showModal();
    rows[0]?.querySelector("button").focus();
  }

  row(journal) {
    const row = part("div", "sl-pick", "");
    const take = part("button", "btn btn-ghost grow", "");
    take.type = "button";
    take.append(part("b", "", journal.code), ` ${journal.description} `, part("span", "mute small", count(this.words.standard.lines, journal.line_count)));
    take.addEventListener("click", () => this.take(journal));
    row.append(take);
    if (this.mayKeep) {
      const drop = part("button", "btn-close", "");
      drop.type = "button";
      drop.setAttribute("aria-label", this.words.standard.drop.replace("{code}", journal.code));
      drop.addEventListener("click", () => this.drop(journal, row));
      row.append(drop);
    }
    return row;
  }

  async take(journal) {
    this.dialogs.get.close();
    const added = await this.guarded(async () => {
      const { data } = await this.api.post(`standard-journals/${encodeURIComponent(journal.code)}/`, {});
      await this.page.reread();
      return data.lines;
    });
    if (added !== null) this.page.notice("good", count(this.words.standard.added, added));
  }

  async drop(journal, row) {
    try {
      await this.api.call("DELETE", `standard-journals/${encodeURIComponent(journal.code)}/`);
    } catch (problem) {
      this.page.notice("bad", problem.message || this.words.noAnswer);
      return;
    }
    row.remove();
  }

  async keep() {
    const ready = await this.guarded(async () => true);
    if (!ready) return;
    const { keep } = this.dialogs;
    this.lines = this.page.selected();
    keep.querySelector("form").reset();
    keep.querySelector("[data-replace]").hidden = true;
    this.problem("");
    keep.querySelector("[data-text]").textContent = count(this.words.standard.keep, this.lines.length);
    keep.showModal();
  }

  async send(typed) {
    const asked = { code: typed.get("code"), description: typed.get("description"), lines: this.lines };
    for (const name of ["with_quantity", "with_unit_amount", "replace"]) asked[name] = typed.has(name);
    try {
      const { data } = await this.api.post("standard-journals/", asked);
      this.dialogs.keep.close();
      this.page.notice("good", count(this.words.standard.kept, data.lines).replace("{code}", asked.code.trim().toUpperCase()));
    } catch (problem) {
      const taken = problem.errors?.some((each) => each.code === "already_exists");
      this.dialogs.keep.querySelector("[data-replace]").hidden = !taken;
      this.problem([...new Set(problem.errors?.map((each) => each.message))].slice(0, 3).join(" ") || this.words.noAnswer);
    }
  }

  problem(text) {
    const { keep } = this.dialogs;
    const box = keep.querySelector("[data-problem]");
    box.textContent = text;
    box.classList.toggle("d-block", text !== "");
    keep.querySelector("[name=code]").setAttribute("aria-invalid", String(text !== ""));
  }
}
