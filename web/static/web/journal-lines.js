// The lines of the journal as the page knows them, and every change to them with its way back.
//
// A line: `values` as shown, `pending` what the server has not confirmed yet, `sent` what is under way.

import { newKey } from "./journal-api.js";

const STEPS = 100;
// What the server gives a line anew when its item changes; undo has to bring it back as well.
const BROUGHT = { item: ["variant", "unit", "description"], location: ["new_location"], posting_date: ["document_date"] };

export function newLine(values = {}) {
  return {
    key: newKey(), id: null, version: null, number: null, values: { ...values }, unread: {}, errors: [], cost: "",
    pending: {}, sent: null, deleted: false, gone: false, mine: null, failed: "",
  };
}

/** Lines in the order of the journal, with undo. `changed(lines)` hears of everything that is to be saved. */
export class Lines {
  constructor({ copied, first, changed }) {
    this.all = [];
    this.copied = copied;
    this.first = first;
    this.changed = changed;
    this.done = [];
    this.undone = [];
    this.step = null;
  }

  get length() {
    return this.all.length;
  }

  /** One act of the user: all that `act` changes is undone together. */
  together(name, act) {
    if (this.step) return act();
    this.step = { name, changes: [], touched: new Set() };
    try {
      return act();
    } finally {
      const step = this.step;
      this.step = null;
      if (step.changes.length) {
        this.done.push(step);
        if (this.done.length > STEPS) this.done.shift();
        this.undone = [];
        this.changed([...step.touched]);
      }
    }
  }

  /** Type a value into a cell; the line that is not there yet comes into being. */
  put(row, field, value) {
    while (this.all.length <= row) this.insert(this.all.length);
    const line = this.all[row];
    if ((line.values[field] ?? "") === value && !(field in line.unread)) return;
    const before = { [field]: line.values[field] ?? "" };
    for (const other of BROUGHT[field] ?? []) before[other] = line.values[other] ?? "";
    this.step.changes.push({ kind: "put", line, before, after: { [field]: value } });
    this.write(line, { [field]: value });
  }

  insert(row) {
    const before = this.all[row - 1];
    const line = newLine(before ? Object.fromEntries(this.copied.map((name) => [name, before.values[name] ?? ""])) : this.first);
    this.all.splice(row, 0, line);
    this.step.changes.push({ kind: "insert", line, row });
    this.step.touched.add(line);
    return line;
  }

  copiedInto(line) {
    const filledIn = this.copied.filter((name) => line.values[name]);
    return Object.fromEntries(filledIn.map((name) => [name, line.values[name]]));
  }

  remove(row, count = 1) {
    for (const line of this.all.slice(row, row + count)) {
      const at = this.all.indexOf(line, row);
      this.step.changes.push({ kind: "remove", line, row: at, values: filled(line) });
      this.takeOut(line, at);
    }
  }

  undo() {
    return this.replay(this.done, this.undone, (step) => {
      for (const change of [...step.changes].reverse()) {
        if (change.kind === "put") this.write(change.line, change.before);
        else if (change.kind === "insert") {
          change.values = filled(change.line);
          this.takeOut(change.line, this.all.indexOf(change.line));
        } else this.putBack(change.line, change.row, change.values);
      }
    });
  }

  redo() {
    return this.replay(this.undone, this.done, (step) => {
      for (const change of step.changes) {
        if (change.kind === "put") this.write(change.line, change.after);
        else if (change.kind === "remove") this.takeOut(change.line, this.all.indexOf(change.line));
        else this.putBack(change.line, change.row, change.values ?? {});
      }
    });
  }

  replay(from, to, act) {
    const step = from.pop();
    if (!step) return null;
    this.step = { touched: new Set() };
    act(step);
    const { touched } = this.step;
    this.step = null;
    to.push(step);
    this.changed([...touched]);
    return step;
  }

  write(line, values) {
    Object.assign(line.values, values);
    Object.assign(line.pending, values);
    for (const field of Object.keys(values)) {
      delete line.unread[field];
      line.errors = line.errors.filter((problem) => problem.field !== field);
    }
    line.mine = null;
    line.failed = "";
    if (line.gone) Object.assign(line, { gone: false, id: null, version: null, errors: [], pending: filled(line) });
    this.step.touched.add(line);
  }

  takeOut(line, row) {
    if (row < 0) return;
    this.all.splice(row, 1);
    line.deleted = true;
    this.step.touched.add(line);
  }

  /** A deleted line comes back: as itself where the server was not told yet, as a new line otherwise. */
  putBack(line, row, values) {
    this.all.splice(Math.min(row, this.all.length), 0, line);
    line.deleted = false;
    if (line.id === null || line.sent?.delete) line.pending = { ...values, ...line.pending };
    Object.assign(line.values, values);
    this.step.touched.add(line);
  }

  byId() {
    return new Map(this.all.filter((line) => line.id !== null).map((line) => [line.id, line]));
  }

  /** Lines of other hands come in, posted or deleted ones go; what is typed here and not saved yet stays. */
  merge(saved) {
    const mine = this.byId();
    const there = new Set(saved.map((line) => line.id));
    const busy = (line) => line.sent || line.deleted || Object.keys(line.pending).length > 0;
    const kept = this.all.filter((line) => line.id === null || busy(line) || there.has(line.id) || line.gone);
    const order = new Map(saved.map((line, place) => [line.id, place]));
    for (const line of saved) {
      const known = mine.get(line.id);
      if (!known) kept.push(received(newLine(), line));
      else if (!busy(known) && known.version !== line.version) received(known, line);
    }
    // A line without a number of its own stays behind the line it stood behind.
    let last = -1;
    const places = new Map();
    kept.forEach((line, index) => {
      if (order.has(line.id)) last = order.get(line.id);
      places.set(line, [order.get(line.id) ?? last + 0.5, index]);
    });
    this.all = kept.sort((a, b) => places.get(a)[0] - places.get(b)[0] || places.get(a)[1] - places.get(b)[1]);
  }
}

/** All values of a line that say something. */
export function filled(line) {
  return Object.fromEntries(Object.entries(line.values).filter(([, value]) => value !== ""));
}

/** Take over what the server says of a line, but not over what was typed since. */
export function received(line, saved) {
  Object.assign(line, {
    id: saved.id, version: saved.version, number: saved.line_number, unread: { ...saved.unread },
    cost: saved.default_unit_cost ?? "",
    errors: (saved.errors ?? []).filter((problem) => !(problem.field in line.pending)),
  });
  line.values = { ...saved.values, ...saved.unread, ...line.pending };
  for (const field of Object.keys(line.pending)) delete line.unread[field];
  return line;
}
