// What is wrong in which cell, from three sources: the answer to saving, the check of the whole journal, and postings.

const LATER = new Set(["value_missing", "quantity_is_zero"]);
const SHOWN = 100;

export class Problems {
  constructor({ api, lines, words, titles, changed }) {
    Object.assign(this, { api, lines, words, titles, changed });
    this.checked = new Map();
    this.general = [];
    this.byLine = new Map();
    this.took = 0;
    this.timer = 0;
    this.strict = false;
    this.current = null;
    this.round = 0;
  }

  of(line) {
    return this.byLine.get(line.key);
  }

  count(line) {
    return Object.keys(this.byLine.get(line.key) ?? {}).length;
  }

  /** Check again soon; a check that takes long is made less often. `quiet` says whether all is saved. */
  soon(quiet) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (quiet() ? this.check(quiet) : this.soon(quiet)), Math.max(500, 3 * this.took));
  }

  async check(quiet) {
    const round = ++this.round;
    if (!this.lines.all.some((line) => line.id !== null)) {
      this.take([]);
      return;
    }
    const began = performance.now();
    try {
      const { data } = await this.api.post("check/", {});
      if (round === this.round && quiet()) this.take(data.errors);
      else if (round === this.round) this.soon(quiet);
    } catch {
      // Posting checks again; a check that cannot be made hides nothing.
    } finally {
      this.took = performance.now() - began;
    }
  }

  /** All problems the server named for the journal, by line. */
  take(errors, strict = false) {
    this.round += 1;
    this.strict = strict;
    this.checked = new Map();
    this.general = [];
    const known = this.lines.byId();
    for (const problem of errors) {
      if (problem.code === "nothing_to_post" && !strict) continue;
      const line = known.get(problem.line);
      if (!line) this.general.push(problem);
      else this.checked.set(line.key, [...(this.checked.get(line.key) ?? []), problem]);
    }
    this.gather();
  }

  /** What was found in a line that has been changed since says nothing any more. */
  forget(lines) {
    for (const line of lines) this.checked.delete(line.key);
    this.gather();
  }

  gather() {
    this.byLine = new Map();
    this.list = this.general.map((problem) => ({ line: null, row: -1, problem }));
    this.lines.all.forEach((line, row) => {
      const found = [...line.errors, ...(this.checked.get(line.key) ?? [])];
      if (line.failed) found.push({ code: "not_saved", field: null, message: line.failed });
      const cells = {};
      for (const problem of found) {
        const field = problem.field || "";
        if (cells[field] || this.tooEarly(line, problem)) continue;
        cells[field] = problem;
        this.list.push({ line, row, problem });
      }
      if (Object.keys(cells).length) this.byLine.set(line.key, cells);
    });
    const lines = this.lines.all;
    if (this.current && !lines.includes(this.current)) this.current = null;
    this.changed();
  }

  /** A line that is being typed is not yet blamed for what is still to come. */
  tooEarly(line, problem) {
    return !this.strict && line === this.current && LATER.has(problem.code) && !(line.values[problem.field] ?? "");
  }

  follow(line) {
    if (line === this.current) return;
    const held = [line, this.current].some((each) => each && this.checked.get(each.key)?.some(({ code }) => LATER.has(code)));
    this.current = line;
    if (held) this.gather();
  }

  next(from) {
    const there = this.list.filter((entry) => entry.line);
    if (!there.length) return null;
    return there.find(({ row, problem }) => row > from.row || (row === from.row && this.titles.order(problem.field) > from.order)) ?? there[0];
  }

  show(box) {
    const { words } = this;
    const list = this.list.slice(0, SHOWN).map(({ line, row, problem }) => [row, problem.field, problem.message, line?.mine]);
    const drawn = JSON.stringify([list, this.list.length, this.lines.length > 0]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    box.replaceChildren();
    for (const [at, { line, row, problem }] of this.list.slice(0, SHOWN).entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "err";
      button.dataset.at = at;
      button.append(part("span", "ln", row < 0 ? "" : String(row + 1)), message(problem, this.titles.of(problem.field)));
      box.append(button);
      if (line?.mine && problem.code === "line_changed") {
        box.append(this.offer(at, "mine", words.useMine, mineText(line, this.titles)), this.offer(at, "theirs", words.keepTheirs, ""));
      }
      if (line?.gone) box.append(this.offer(at, "again", words.enterAgain, ""), this.offer(at, "drop", words.dropLine, ""));
    }
    if (this.list.length > SHOWN) box.append(part("p", "mute m-0", words.more.replace("{count}", this.list.length - SHOWN)));
    if (!this.list.length) box.append(part("p", "mute m-0", this.lines.length ? words.noProblems : words.nothingYet));
  }

  offer(at, act, label, text) {
    const button = part("button", "btn btn-secondary btn-sm sl-offer", label + (text ? `: ${text}` : ""));
    button.type = "button";
    button.dataset.at = at;
    button.dataset.act = act;
    return button;
  }
}

function mineText(line, titles) {
  return Object.entries(line.mine).map(([field, value]) => `${titles.of(field)} ${value || "\u2205"}`).join(", ");
}

function message(problem, title) {
  const text = part("span", "", problem.message);
  if (title) text.append(part("span", "fx", title));
  return text;
}

export function part(tag, css, text) {
  const element = document.createElement(tag);
  if (css) element.className = css;
  element.textContent = text;
  return element;
}
