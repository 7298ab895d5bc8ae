// Saves what is typed: queued, in batches, one request at a time, again until the server has it.
//
// What is not saved yet lies in localStorage as well, so that a reload or a crash loses nothing. Where an answer was
// lost, nobody knows whether the lines were saved: the queue reads them again before it sends anything twice.

import { filled, newLine, received } from "./journal-lines.js";
import { newKey } from "./journal-api.js";
import { alike } from "./journal-values.js";

const WAIT = 150;
const BATCH = 400;
const RETRIES = [1000, 2000, 4000, 8000, 15000];
const ABANDONED = 180_000;

export class SaveQueue {
  /** `heard(state)`: {kind: "saved" | "saving" | "failed", left, of, problem}; `saved(lines)` after each answer. */
  constructor({ api, lines, store, readAll, heard, saved }) {
    Object.assign(this, { api, lines, store, readAll, heard, saved });
    this.waiting = new Set();
    this.busy = false;
    this.timer = 0;
    this.failures = 0;
    this.unsure = false;
    this.most = 0;
    this.resting = [];
  }

  add(lines) {
    for (const line of lines) if (needed(line) || line.sent || line.failed) this.waiting.add(line);
    this.most = Math.max(this.most, this.waiting.size);
    this.keep();
    this.tell();
    if (!this.failures) this.later(WAIT);
  }

  /** Nothing is to be sent; what the server cannot read waits for its correction. */
  get idle() {
    return ![...this.waiting].some((line) => needed(line) || line.sent);
  }

  later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), wait);
  }

  /** Resolves to true once all is saved, to false when a request failed meanwhile. */
  async settled() {
    if (this.idle && !this.busy) return true;
    this.later(0);
    return new Promise((resolve) => this.resting.push(resolve));
  }

  async flush() {
    if (this.busy) return;
    clearTimeout(this.timer);
    for (const line of this.waiting) if (!needed(line) && !line.failed) this.waiting.delete(line);
    if (this.idle) return this.rest(true);
    this.busy = true;
    this.tell();
    let again = 0;
    try {
      if (this.unsure) await this.findLost();
      const batch = this.batch();
      if (batch.length) await this.send(batch);
      this.failures = 0;
      this.problem = null;
    } catch (problem) {
      again = this.failed(problem);
    } finally {
      this.busy = false;
    }
    this.keep();
    this.tell();
    if (again) {
      this.rest(false);
      this.later(again);
    } else if (!this.idle) this.later(0);
    else this.rest(true);
  }

  rest(done) {
    if (done) this.most = 0;
    for (const resolve of this.resting.splice(0)) resolve(done);
    this.tell();
  }

  /** The next lines to send, in the order of the journal: deletions first. */
  batch() {
    const place = new Map(this.lines.all.map((line, row) => [line, row]));
    const chosen = [...this.waiting].filter(needed);
    chosen.sort((a, b) => (place.get(a) ?? -1) - (place.get(b) ?? -1));
    return chosen.slice(0, BATCH);
  }

  /** Where each line stands: its row, and behind which saved line; `behind` is missing at the end of the journal. */
  places() {
    const places = new Map();
    let before = 0;
    const last = this.lines.all.findLastIndex((line) => line.id !== null);
    this.lines.all.forEach((line, row) => {
      places.set(line, row < last ? { row, behind: before } : { row });
      if (line.id !== null) before = line.id;
    });
    return places;
  }

  change(line, place, values = line.pending) {
    const named = line.id === null ? { row: line.key } : { row: line.key, id: line.id, version: line.version };
    if (line.deleted) return { ...named, delete: true, values: {} };
    if (line.id !== null) return { ...named, values: { ...values } };
    // Several new lines in one request all copy from the line before the first: say what was copied here.
    const change = { ...named, values: { ...this.lines.copiedInto(line), ...values } };
    if (place?.behind !== undefined) change.after = place.behind;
    return change;
  }

  async send(batch) {
    const places = this.places();
    const changes = batch.map((line) => this.change(line, places.get(line)));
    batch.forEach((line, at) => {
      line.sent = changes[at];
      if (!line.deleted) line.pending = {};
    });
    let answer;
    try {
      answer = (await this.api.post("lines/", { changes })).data;
      if (answer?.lines?.length !== batch.length) throw new Error("The answer has another number of lines.");
    } catch (problem) {
      batch.forEach((line) => this.takeBack(line));
      if (this.holdBack(batch, problem)) return;
      this.unsure ||= problem.unknown ?? true;
      throw problem;
    }
    batch.forEach((line, at) => this.answered(line, answer.lines[at]));
    this.saved(batch);
  }

  /** Lines the server cannot even read wait until they are corrected; the others go on without them. */
  holdBack(batch, problem) {
    if (problem.status !== 400) return false;
    const bad = problem.errors.map((error) => [/^changes\.(\d+)\./.exec(error.field ?? ""), error.message]);
    for (const [found, message] of bad) if (found && batch[found[1]]) batch[found[1]].failed = message;
    return bad.some(([found]) => found);
  }

  takeBack(line) {
    if (line.sent && !line.sent.delete) line.pending = { ...line.sent.values, ...line.pending };
    line.sent = null;
  }

  answered(line, saved) {
    const sent = line.sent;
    line.sent = null;
    line.failed = "";
    if (saved.deleted || (sent.delete && saved.version === null)) Object.assign(line, { id: null, version: null, number: null });
    else if (saved.saved || this.isOurs(sent, saved)) {
      received(line, saved);
    } else this.conflict(line, sent, saved);
    if (!needed(line)) this.waiting.delete(line);
  }

  /** Refused as changed meanwhile, but it says what was sent: the answer to our first try had been lost. */
  isOurs(sent, saved) {
    const values = Object.entries(sent.values);
    const ours = values.length > 0 && saved.version === sent.version + 1;
    const same = ours && values.every(([field, typed]) => alike(typed, saved.unread?.[field] ?? saved.values?.[field]));
    if (same) saved.errors = saved.errors.filter((problem) => problem.code !== "line_changed");
    return same;
  }

  /** Someone else was faster: show their values, keep ours at hand. */
  conflict(line, sent, saved) {
    const mine = { ...sent.values, ...line.pending };
    if (saved.version === null || saved.version === undefined) {
      Object.assign(line, { gone: true, errors: saved.errors, pending: {} });
      return;
    }
    if (line.deleted) {
      line.deleted = false;
      this.lines.all.push(line);
    }
    line.pending = {};
    received(line, saved);
    line.mine = mine;
  }

  failed(problem) {
    this.problem = problem;
    if (problem.passing ?? true) {
      const wait = RETRIES[Math.min(this.failures, RETRIES.length - 1)];
      this.failures += 1;
      return Math.max(wait, (problem.retryAfter ?? 0) * 1000);
    }
    this.failures += 1;
    return RETRIES.at(-1);
  }

  /** After a lost answer: new lines that are in the journal already are ours if they say what we typed. */
  async findLost() {
    const unsure = [...this.waiting].filter((line) => line.id === null && !line.deleted);
    if (unsure.length) {
      const known = this.lines.byId();
      const strangers = (await this.readAll()).filter((saved) => !known.has(saved.id));
      for (const line of unsure) {
        const typed = Object.entries(line.pending);
        const at = strangers.findIndex((saved) =>
          typed.every(([field, value]) => alike(value, saved.unread?.[field] ?? saved.values[field])),
        );
        if (at < 0 || !typed.length) continue;
        line.pending = {};
        received(line, strangers.splice(at, 1)[0]);
        this.waiting.delete(line);
      }
    }
    this.unsure = false;
  }

  tell() {
    const left = [...this.waiting].filter((line) => needed(line) || line.sent).length;
    const kind = this.failures ? "failed" : left || this.busy ? "saving" : "saved";
    this.heard({ kind, left, of: this.most, problem: this.problem });
  }

  keep() {
    const places = this.places();
    const left = [...this.waiting].filter((line) => needed(line) || line.sent || line.failed);
    this.store.write(
      left.map((line) => ({
        ...this.change(line, places.get(line), { ...line.sent?.values, ...line.pending }),
        shown: line.deleted ? {} : filled(line),
        sent: Boolean(line.sent) || this.unsure,
        at: places.get(line)?.row ?? null,
      })),
    );
  }

  /** What an earlier page left unsaved comes back into its lines and is sent again. */
  restore() {
    const left = this.store.leftovers();
    const known = this.lines.byId();
    const restored = [];
    for (const change of left) {
      let line = change.id ? known.get(change.id) : null;
      if (change.id && !line) {
        if (change.delete) continue;
        line = Object.assign(newLine(change.shown), { gone: true });
        line.errors = [{ code: "line_changed", field: null, message: this.store.goneWords }];
        this.lines.all.push(line);
        continue;
      }
      if (change.delete) {
        Object.assign(line, { deleted: true, version: change.version });
        this.lines.all.splice(this.lines.all.indexOf(line), 1);
      } else if (line) {
        line.version = change.version;
        Object.assign(line.values, change.values);
        line.pending = { ...change.values };
      } else {
        line = Object.assign(newLine(change.shown), { pending: change.values });
        this.lines.all.splice(Math.min(change.at ?? Infinity, this.lines.all.length), 0, line);
      }
      this.unsure ||= change.sent;
      restored.push(line);
    }
    if (restored.length) this.add(restored);
    return left.length;
  }
}

function needed(line) {
  if (line.gone || line.failed) return false;
  return line.deleted ? line.id !== null : Object.keys(line.pending).length > 0;
}

/** Unsaved lines of one user and journal, one entry for each open page. */
export class UnsavedStore {
  constructor(name, goneWords) {
    this.prefix = `stockledger.unsaved.${name}.`;
    this.goneWords = goneWords;
    this.page = sessionStorage.getItem(this.prefix) ?? newKey();
    // While this page lives, no copy of the tab may think that these lines are its own.
    sessionStorage.removeItem(this.prefix);
    addEventListener("pagehide", () => sessionStorage.setItem(this.prefix, this.page));
    addEventListener("pageshow", () => sessionStorage.removeItem(this.prefix));
    this.whole = true;
  }

  write(changes) {
    try {
      if (changes.length) localStorage.setItem(this.prefix + this.page, JSON.stringify({ at: Date.now(), changes }));
      else localStorage.removeItem(this.prefix + this.page);
      this.whole = true;
    } catch {
      this.whole = false; // no room: the page asks before it closes
    }
  }

  /** What this page left behind, and what pages left that have not been heard of for three minutes. */
  leftovers() {
    const found = [];
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(this.prefix))) {
      try {
        const { at, changes } = JSON.parse(localStorage.getItem(key));
        if (key !== this.prefix + this.page && Date.now() - at < ABANDONED) continue;
        found.push(...changes);
      } catch {
        // damaged beyond reading
      }
      localStorage.removeItem(key);
    }
    return found;
  }
}
