// The grid: SlickGrid over the lines, with the keys of a spreadsheet and of quick entry. One tab stop.
/* global Slick */

import { headed, shown, taken } from "./journal-columns.js";
import { readBlock, writeBlock } from "./journal-clipboard.js";
import { editorClass } from "./journal-editor.js";
import { newLine } from "./journal-lines.js";
import { escaped } from "./journal-values.js";

const STATES = "e w pencil copied";

export class Grid {
  /** `problems.of(line)` gives the problems of its cells; `told(name, detail)` hears what the user asks for. */
  constructor(host, { columns, lines, problems, find, words, computed, told, workDate }) {
    Object.assign(this, { host, about: columns, lines, problems, words, computed, told, workDate });
    this.blank = newLine();
    this.behind = false;
    const Editor = editorClass({ ask: find, words, closed: () => queueMicrotask(() => this.behind && this.redraw()) });
    this.columns = [this.rowHead(), ...columns.map((column) => this.columnOf(column, Editor))];
    this.path = this.columns.flatMap((column, cell) => (column.about?.quick ? [cell] : []));
    const narrow = matchMedia("(max-width: 767.98px)").matches;
    const rowHeight = parseInt(getComputedStyle(document.documentElement).getPropertyValue("--row"), 10) || 30;
    host.style.setProperty("--grid-row", `${rowHeight}px`);
    const data = {
      getLength: () => lines.length + 1,
      getItem: (row) => lines.all[row] ?? this.blank,
      getItemMetadata: (row) => (row >= lines.length ? { cssClasses: "new-row" } : null),
    };
    this.grid = new Slick.Grid(host, data, this.columns, {
      editable: true, enableAddRow: false, enableCellNavigation: true, asyncEditorLoading: false, autoEdit: false,
      autoEditByKeypress: false, autoCommitEdit: true, rowHeight, headerRowHeight: 32, forceFitColumns: false,
      frozenColumn: narrow ? 1 : 2, createFooterRow: true, showFooterRow: true, footerRowHeight: 32,
      enableColumnReorder: false, enableTextSelectionOnCells: false,
      dataItemColumnValueExtractor: (line, column) => line.values[column.field] ?? "",
      editCommandHandler: (line, column, command) => this.typed(command.row, column.field, command.serializedValue),
    });
    this.grid.setSelectionModel(new Slick.CellSelectionModel({ selectActiveCell: false }));
    this.grid.onKeyDown.subscribe((event, at) => this.key(event, at));
    this.grid.onActiveCellChanged.subscribe((event, at) => {
      this.remember();
      told("moved", at);
    });
    this.grid.onBeforeEditCell.subscribe((event, at) => !this.shut(at.row, at.cell));
    this.grid.onDblClick.subscribe(() => this.edit());
    // A finger has no keys and no double click: a tap opens the cell.
    if (matchMedia("(pointer: coarse)").matches) this.grid.onClick.subscribe(() => void setTimeout(() => this.edit()));
    document.addEventListener("keydown", (event) => this.blockKey(event), true);
    document.addEventListener("paste", (event) => this.paste(event));
    document.addEventListener("copy", (event) => this.copy(event, false));
    document.addEventListener("cut", (event) => this.copy(event, true));
    new ResizeObserver(() => this.fit()).observe(host);
    for (const pane of host.querySelectorAll(".slick-pane")) {
      pane.removeAttribute("tabindex");
      pane.setAttribute("role", "presentation");
    }
  }

  rowHead() {
    const formatter = (row, cell, value, column, line) => {
      const state = this.stateOf(row, line);
      const say = this.words.states[state];
      return { html: row < this.lines.length ? `${row + 1}<span class="visually-hidden"> ${escaped(say)}</span>` : `<span class="visually-hidden">${escaped(say)}</span>`, text: "", addClasses: state, removeClasses: "bad warn saving saved new", toolTip: say };
    };
    return { id: "rn", field: "rn", name: `<span class="visually-hidden">${escaped(this.words.line)}</span>`, width: 46, formatter, cssClass: "rn", focusable: false, selectable: false, resizable: false };
  }

  stateOf(row, line) {
    if (row >= this.lines.length) return "new";
    if (line.sent) return "saving";
    if (line.gone || line.mine || this.problems.count(line)) return "bad";
    if (line.failed || this.failing) return Object.keys(line.pending).length || line.failed ? "warn" : "saved";
    return Object.keys(line.pending).length ? "saving" : "saved";
  }

  columnOf(column, Editor) {
    const formatter = (row, cell, value, slick, line) => {
      const problem = this.problems.of(line)?.[column.field];
      const reckoned = value === "" ? this.computed(column.field, line) : "";
      const text = escaped(shown(column, value || reckoned));
      const states = [problem ? (problem.warn ? "w" : "e") : "", reckoned ? "pencil" : ""].join(" ").trim();
      return { text, html: text, addClasses: states, removeClasses: STATES, toolTip: problem?.message ?? "" };
    };
    const heads = [column.kind === "number" ? "num" : "", column.quick ? "quick" : "", column.must ? "must" : ""].join(" ").trim();
    return { id: column.field, field: column.field, name: escaped(column.title), width: column.width, minWidth: 44, formatter, editor: Editor, cssClass: column.kind === "number" ? "num" : "", headerCssClass: heads, toolTip: escaped(column.tip ?? column.title), about: column };
  }

  fit() {
    if (this.host.offsetHeight && !this.editing()) this.grid.resizeCanvas();
  }

  editing() {
    return this.grid.getEditorLock().isActive();
  }

  commit() {
    return this.grid.getEditorLock().commitCurrentEdit();
  }

  /** Show what changed. A cell that is typed into is left alone: its row is brought up to date cell by cell. */
  redraw() {
    if (!this.editing()) {
      this.behind = false;
      this.grid.invalidate();
      this.stay();
      return;
    }
    this.behind = true;
    const at = this.grid.getActiveCell();
    const { top, bottom } = this.grid.getRenderedRange();
    const rows = Array.from({ length: Math.max(0, bottom - top + 1) }, (_, index) => top + index);
    this.grid.invalidateRows(rows.filter((row) => row !== at.row && row <= this.lines.length));
    this.grid.render();
    this.columns.forEach((column, cell) => cell !== at.cell && this.grid.updateCell(at.row, cell));
  }

  active() {
    return this.grid.getActiveCell();
  }

  go(row, cell) {
    if (!this.commit()) return;
    this.grid.scrollRowIntoView(row);
    this.grid.setActiveCell(row, cell, false);
    this.grid.focus();
  }

  goTo(line, field) {
    const row = this.lines.all.indexOf(line);
    const cell = this.columns.findIndex((column) => column.field === field);
    if (row >= 0) this.go(row, cell > 0 ? cell : this.path[0]);
  }

  /** The active cell stays with its line, wherever the lines of others have moved it. */
  stay() {
    const at = this.active();
    if (!at || !this.activeLine) return;
    const row = this.activeLine === this.blank ? this.lines.length : this.lines.all.indexOf(this.activeLine);
    if (row >= 0 && row !== at.row) this.grid.setActiveCell(row, at.cell, false);
    else if (row < 0) this.activeLine = this.lines.all[at.row] ?? this.blank;
  }

  remember() {
    const at = this.active();
    this.activeLine = at ? (this.lines.all[at.row] ?? this.blank) : null;
  }

  /** A cell that may not be filled in on this line, such as a cost where costs may not be seen. */
  shut(row, cell) {
    const only = this.columns[cell].about?.onlyFor;
    return Boolean(only) && (this.lines.all[row] ?? this.blank).values.entry_type !== only;
  }

  edit() {
    const at = this.active();
    if (!at || this.locked) return;
    if (!this.editing()) this.grid.editActiveCell();
    this.grid.getCellEditor()?.edit();
  }

  typed(row, field, value) {
    this.lines.together("type", () => this.lines.put(row, field, value));
    this.remember();
    this.redraw();
  }

  /** The selected block, or the active cell. */
  block() {
    const at = this.active();
    const [range] = this.grid.getSelectionModel().getSelectedRanges();
    if (range && at && range.contains(at.row, at.cell)) return range;
    return at ? new Slick.Range(at.row, at.cell) : null;
  }

  ours(event) {
    const focused = document.activeElement;
    return this.host.contains(focused) && !this.editing() && !event.defaultPrevented && this.active() !== null;
  }

  key(event, at) {
    const done = () => {
      event.preventDefault();
      event.stopPropagation();
      event.stopImmediatePropagation();
    };
    if (event.key === "Enter" && !event.altKey) {
      done();
      if (event.ctrlKey || event.metaKey) this.commit() && this.told("leave");
      else this.enter(at, event.shiftKey);
    } else if (event.key === "F2") {
      done();
      this.edit();
    } else if (event.key === "F8") {
      done();
      this.copyFromAbove(at);
    } else if (event.altKey && event.key === "ArrowDown" && !this.editing()) {
      done();
      this.edit();
      this.grid.getCellEditor()?.lookup?.search("", 0);
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && startsTyping(event) && !this.editing()) {
      event.stopPropagation();
      if (!this.locked && at.row !== undefined && at.row !== null) this.grid.editActiveCell();
    }
  }

  /** Enter walks the quick-entry columns; behind the last one a new line begins. */
  enter(at, back) {
    if (!this.commit()) return;
    const path = this.path.filter((cell) => !this.shut(at.row, cell));
    const way = back ? path.filter((cell) => cell < at.cell).at(-1) : path.find((cell) => cell > at.cell);
    const row = way === undefined ? at.row + (back ? -1 : 1) : at.row;
    if (row < 0 || row > this.lines.length) return this.grid.focus();
    this.go(row, way ?? (back ? this.path.at(-1) : this.path[0]));
  }

  copyFromAbove(at) {
    if (!at.row || !this.commit() || this.locked) return;
    const { field } = this.columns[at.cell];
    const above = this.lines.all[at.row - 1]?.values[field] ?? "";
    if (!this.shut(at.row, at.cell)) this.change("copy", () => this.lines.put(at.row, field, above));
  }

  /** Keys that act on the selected block or on lines. */
  blockKey(event) {
    const control = (event.ctrlKey || event.metaKey) && !event.altKey;
    const key = control ? `Ctrl+${event.shiftKey ? "Shift+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}` : event.key;
    const act = this.acts()[key];
    const wholeLine = key === "Ctrl+Insert" || key === "Ctrl+Delete";
    if (!act || this.locked || !(this.ours(event) || (wholeLine && this.host.contains(document.activeElement) && this.commit()))) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  acts() {
    return {
      Delete: () => this.clear(), Backspace: () => this.clear(), "Ctrl+d": () => this.fillDown(),
      "Ctrl+Insert": () => this.insertLine(), "Ctrl+Delete": () => this.deleteLines(),
      "Ctrl+z": () => this.undo(), "Ctrl+y": () => this.redo(), "Ctrl+Shift+z": () => this.redo(),
      "Ctrl+;": () => this.today(), "Ctrl+a": () => this.selectAll(),
    };
  }

  selectAll() {
    if (this.lines.length) this.select(0, 1, this.lines.length, this.columns.length - 1);
  }

  select(fromRow, fromCell, toRow, toCell) {
    this.grid.getSelectionModel().setSelectedRanges([new Slick.Range(fromRow, fromCell, toRow, toCell)]);
  }

  each(range, act) {
    for (let row = range.fromRow; row <= Math.min(range.toRow, this.lines.length - 1); row += 1) {
      for (let cell = range.fromCell; cell <= range.toCell; cell += 1) if (this.columns[cell].about && !this.shut(row, cell)) act(row, this.columns[cell].field, cell);
    }
  }

  change(name, act) {
    this.lines.together(name, act);
    this.remember();
    this.redraw();
    this.grid.focus();
  }

  clear() {
    const range = this.block();
    if (range) this.change("clear", () => this.each(range, (row, field) => this.lines.put(row, field, "")));
  }

  fillDown() {
    const range = this.block();
    if (!range) return;
    const from = range.fromRow === range.toRow ? range.fromRow - 1 : range.fromRow;
    const source = this.lines.all[from];
    if (source) this.change("fill", () => this.each(range, (row, field) => row !== from && this.lines.put(row, field, source.values[field] ?? "")));
  }

  today() {
    const at = this.active();
    const column = this.columns[at.cell].about;
    if (column?.kind === "date") this.change("type", () => this.lines.put(at.row, column.field, this.workDate));
  }

  insertLine() {
    const at = this.active();
    this.change("insert", () => this.lines.insert(Math.min(at.row, this.lines.length)));
    this.go(Math.min(at.row, this.lines.length - 1), this.path[0]);
  }

  deleteLines() {
    const range = this.block();
    const cell = this.active().cell;
    const count = Math.min(range.toRow, this.lines.length - 1) - range.fromRow + 1;
    if (count < 1) return;
    this.change("delete", () => this.lines.remove(range.fromRow, count));
    this.grid.getSelectionModel().setSelectedRanges([]);
    this.go(Math.min(range.fromRow, this.lines.length), cell);
  }

  undo() {
    this.step(this.lines.undo());
  }

  redo() {
    this.step(this.lines.redo());
  }

  step(step) {
    if (step) {
      this.remember();
      this.grid.getSelectionModel().setSelectedRanges([]);
      this.redraw();
      const at = this.active();
      if (at && at.row > this.lines.length) this.go(this.lines.length, at.cell);
    }
    this.grid.focus();
  }

  /** A block from a spreadsheet: by position, or by the headings in its first row. */
  paste(event) {
    const at = this.active();
    if (!at || this.locked || !this.host.contains(document.activeElement)) return;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (this.editing() && !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    if (this.editing()) this.grid.getEditorController().cancelCurrentEdit();
    const rows = readBlock(text);
    if (rows.length === 1 && rows[0].length === 1) return this.fillWith(rows[0][0]);
    const named = rows.length > 1 ? headed(rows[0], this.about) : null;
    const columns = named ?? this.about.slice(at.cell - 1, at.cell - 1 + Math.max(...rows.map((row) => row.length)));
    const cells = named ? rows.slice(1) : rows;
    const began = performance.now();
    this.lines.together("paste", () =>
      cells.forEach((row, down) =>
        columns.forEach((column, right) => column && row[right] !== undefined && this.lines.put(at.row + down, column.field, taken(column, row[right]))),
      ),
    );
    this.remember();
    this.redraw();
    const picked = columns.filter(Boolean).map((column) => this.about.indexOf(column) + 1);
    this.select(at.row, Math.min(...picked), at.row + cells.length - 1, Math.max(...picked));
    this.grid.focus();
    this.told("pasted", { lines: cells.length, named: named !== null, took: performance.now() - began });
  }

  fillWith(text) {
    const range = this.block();
    this.change("paste", () => {
      for (let row = range.fromRow; row <= range.toRow; row += 1) {
        for (let cell = range.fromCell; cell <= range.toCell; cell += 1) {
          const column = this.columns[cell].about;
          if (column) this.lines.put(row, column.field, taken(column, text));
        }
      }
    });
  }

  copy(event, cut) {
    const range = this.block();
    if (!range || this.editing() || !this.host.contains(document.activeElement)) return;
    if (String(getSelection())) return;
    event.preventDefault();
    const rows = [];
    for (let row = range.fromRow; row <= Math.min(range.toRow, this.lines.length - 1); row += 1) {
      const line = this.lines.all[row];
      rows.push(this.columns.slice(range.fromCell, range.toCell + 1).filter((column) => column.about).map((column) => this.plain(column.about, line)));
    }
    event.clipboardData.setData("text/plain", writeBlock(rows));
    if (cut && !this.locked) this.clear();
  }

  plain(column, line) {
    const text = line.values[column.field] ?? "";
    return column.kind === "choice" ? shown(column, text) : text;
  }

  /** While a posting is under way nothing can be typed. */
  lock(locked) {
    this.locked = locked;
    this.grid.setOptions({ editable: !locked });
    this.host.setAttribute("aria-busy", String(locked));
  }

  totals(texts) {
    for (const column of this.columns) {
      const cell = this.grid.getFooterRowColumn(column.id);
      if (!cell) continue;
      cell.classList.toggle("num", column.about?.kind === "number");
      cell.textContent = texts[column.id] ?? "";
    }
  }
}

function startsTyping(event) {
  return (event.key.length === 1 && event.key !== " ") || event.key === "Process" || event.key === "Dead";
}
