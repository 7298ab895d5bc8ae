// The journal page: brings lines, saving, grid, checks and posting together.

import { Api } from "./journal-api.js";
import { prepare } from "./journal-columns.js";
import { Details } from "./journal-details.js";
import { finder } from "./journal-editor.js";
import { Grid } from "./journal-grid.js";
import { Lines, filled, newLine, received } from "./journal-lines.js";
import { count, Poster } from "./journal-post.js";
import { part, Problems } from "./journal-problems.js";
import { SaveQueue, UnsavedStore } from "./journal-save.js";
import { Standard } from "./journal-standard.js";
import { isNumber, minus, number, sum, times } from "./journal-values.js";

const $ = (selector) => document.querySelector(selector);
const about = JSON.parse($("#journal-config").textContent);
const { words, urls } = about;
const name = `${about.user}.${about.template}.${about.batch}`;
const csrf = $("meta[name=csrf-token]")?.content ?? "";
const root = new Api({ url: urls.api, csrf });
const api = new Api({ url: urls.journal, csrf });
const columns = prepare(about.columns, about.choices);
const titles = {
  of: (field) => columns.find((column) => column.field === field)?.title ?? "",
  at: (cell) => columns[cell - 1]?.field,
  order: (field) => columns.findIndex((column) => column.field === field),
};
const PAGE = 1000;
const AWAY = 20_000;
let waitingFor = 0;
let owed = false;

const lines = new Lines({ copied: about.copied, first: about.first, changed });
const problems = new Problems({ api, lines, words, titles, changed: () => draw() });
const store = new UnsavedStore(name, words.gone);
const queue = new SaveQueue({ api, lines, store, readAll, heard, saved });
const grid = new Grid($("#grid"), { columns, lines, problems, find: finder(root), words, computed, told, workDate: about.first.posting_date });
const details = new Details({ api: root, box: $("#detail"), words, urls, transfers: about.transfers, seesCost: about.seesCost, cost: amountOf });
const channel = new BroadcastChannel(`stockledger.journal.${about.template}.${about.batch}`);
const poster = new Poster({
  api, words, urls, name, dialogs: { preview: $("#preview"), confirm: $("#confirm") },
  page: { settle, lock, problems, notice, posted, refused, state, versions },
});
const standard = new Standard({
  api, words, mayKeep: about.mayKeep, dialogs: { get: $("#standard-get"), keep: $("#standard-keep") },
  page: { settle, lock, notice, reread, selected },
});

// Lines and saving

function changed(touched) {
  problems.forget(touched);
  queue.add(touched);
}

async function readAll() {
  const all = [];
  let after = "";
  do {
    const page = await api.get(`lines/?limit=${PAGE}${after}`);
    all.push(...page.results);
    after = page.next_after === null ? null : `&after=${page.next_after}`;
  } while (after);
  return all;
}

function quiet() {
  return queue.idle && !queue.busy && !poster.busy && !grid.editing();
}

function saved(batch) {
  problems.gather();
  problems.soon(quiet);
  channel.postMessage("saved");
  if (owed && quiet()) refresh();
  if (batch.includes(lines.all[grid.active()?.row])) follow();
}

/** What others did meanwhile; never while something is typed or under way here. */
async function refresh() {
  owed = !quiet();
  if (owed) return;
  waitingFor += 1;
  const asked = waitingFor;
  try {
    const all = await readAll();
    if (asked !== waitingFor || !quiet()) return;
    lines.merge(all);
    problems.gather();
    problems.soon(quiet);
  } catch {
    // the next look will show
  }
}

async function settle() {
  return grid.commit() && (await queue.settled()) && !lines.all.some((line) => line.failed);
}

function versions() {
  return lines.all.filter((line) => line.id !== null).map(({ id, version }) => ({ id, version }));
}

/** After the server changed lines: those of here as they are there, and nothing to undo. */
async function reread() {
  lines.merge(await readAll());
  lines.done = [];
  lines.undone = [];
  problems.gather();
  problems.soon(quiet);
  channel.postMessage("saved");
  grid.redraw();
}

/** The lines of the selection where it spans several, else all; by number. */
function selected() {
  const block = grid.block();
  const several = block && block.toRow > block.fromRow;
  const chosen = several ? lines.all.slice(block.fromRow, block.toRow + 1) : lines.all;
  return chosen.filter((line) => line.id !== null).map((line) => line.id);
}

// What the grid shows

function computed(field, line) {
  return field === "amount" ? amountOf(line) : "";
}

const amounts = new WeakMap();

/** The amount as typed, or what quantity and unit amount make of it; worked out once for each set of figures. */
function amountOf(line) {
  const { amount = "", unit_amount: each = "", quantity = "", discount_amount: discount = "" } = line.values;
  if (amount !== "" || !isNumber(each) || !isNumber(quantity)) return amount;
  const key = `${each}*${quantity}-${discount}`;
  if (amounts.get(line)?.key !== key) {
    amounts.set(line, { key, amount: minus(times(each, quantity, 2), isNumber(discount) ? discount : "0") });
  }
  return amounts.get(line).amount;
}

let drawing = 0;
function draw() {
  if (!drawing) drawing = requestAnimationFrame(() => ((drawing = 0), drawNow()));
}

function drawNow() {
  grid.failing = queue.failures > 0;
  grid.redraw();
  const bad = problems.list?.length ?? 0;
  problems.show($("#checks"));
  $("#check-count").textContent = bad ? count(words.problems, bad) : "";
  $("#next-error").disabled = !bad;
  $("#next-error-text").textContent = bad ? count(words.problems, bad) : words.noErrors;
  $("#next-error").classList.toggle("btn-danger", bad > 0);
  $("#next-error").classList.toggle("btn-ghost", bad === 0);
  totals();
}

function totals() {
  const all = lines.all;
  const ready = all.filter((line) => line.id !== null && !problems.count(line)).length;
  $("#count-lines").textContent = number(String(all.length));
  $("#count-ready").textContent = number(String(ready));
  const shown = all.length ? { description: words.total, quantity: number(sum(all.map((line) => line.values.quantity))) } : {};
  if (!about.transfers && about.seesCost) {
    const out = sum(all.filter(outbound).map(amountOf));
    const total = sum(all.map(amountOf));
    $("#sum-in").textContent = number(minus(total, out), 2, 2);
    $("#sum-out").textContent = number(out, 2, 2);
    if (all.length) shown.amount = number(total, 2, 2);
  }
  grid.totals(shown);
}

function outbound(line) {
  return line.values.entry_type === "sale" || line.values.entry_type === "negative_adjmt";
}

function follow() {
  const at = grid.active();
  if (at) details.show(lines.all[at.row] ?? null, at.row);
}

function told(what, detail) {
  if (what === "moved") {
    const line = lines.all[grid.active()?.row] ?? null;
    problems.follow(line);
    follow();
    const problem = line && problems.of(line)?.[titles.at(grid.active().cell)];
    if (problem) announce(problem.message);
  } else if (what === "leave") $("[data-act=post], [data-act=preview]").focus();
  else if (what === "pasted") announce(count(words.pasted, detail.lines));
}

// What the page says

function announce(text) {
  $("#announce").textContent = text;
}

function heard({ kind, left, of, problem }) {
  const box = $("#state");
  const progress = kind === "saving" && of > 50;
  const text = {
    saved: words.saved,
    saving: progress ? words.savingOf.replace("{done}", number(String(of - left))).replace("{of}", number(String(of))) : words.saving,
    failed: [401, 403].includes(problem?.status) ? words.loginAgain : problem?.status ? words.failedWith.replace("{reason}", problem.message || problem.status) : words.failed,
  }[kind];
  if (box.dataset.kind !== kind || box.textContent !== text) {
    box.dataset.kind = kind;
    $("#state-text").textContent = text;
  }
  $("#retry").hidden = kind !== "failed";
  const bar = $("#progress");
  bar.hidden = !progress;
  if (!bar.firstElementChild) bar.append(document.createElement("i"));
  bar.firstElementChild.style.width = `${of ? Math.round((100 * (of - left)) / of) : 0}%`;
  bar.setAttribute("aria-valuenow", of ? Math.round((100 * (of - left)) / of) : 0);
  draw();
}

function state(kind) {
  $("#state").dataset.kind = kind;
  $("#state-text").textContent = words[kind];
}

function lock(locked) {
  grid.lock(locked);
  for (const button of document.querySelectorAll("[data-while-idle]")) button.disabled = locked;
  if (!locked) {
    queue.tell();
    grid.grid.focus();
  }
}

function notice(kind, text, acts = [], links = []) {
  const box = $("#notice");
  box.hidden = kind === null;
  box.replaceChildren();
  if (kind === null) return;
  box.className = `sl-notice ${kind}`;
  box.setAttribute("role", kind === "good" ? "status" : "alert");
  const body = part("div", "grow", text);
  for (const [label, url] of links) body.append(" ", Object.assign(part("a", "", label), { href: url }));
  const bar = part("div", "act", "");
  for (const [label, act] of acts) {
    const button = part("button", "btn btn-secondary btn-sm", label);
    button.type = "button";
    button.addEventListener("click", act);
    bar.append(button);
  }
  if (acts.length) body.append(bar);
  const close = part("button", "btn-close", "");
  close.type = "button";
  close.setAttribute("aria-label", words.close);
  close.addEventListener("click", () => notice(null));
  box.append(body, close);
}

// Posting

async function posted(answer, attempt) {
  const gone = new Set(attempt.lines);
  if (attempt.verb === "valid" || !gone.size) lines.merge(await readAll());
  else lines.all = lines.all.filter((line) => !gone.has(line.id));
  lines.done = [];
  lines.undone = [];
  details.forget();
  problems.take([]);
  problems.soon(quiet);
  const links = [];
  if (answer.register_id) links.push([words.register.replace("{number}", answer.register_id), urls.register.replace(/0(?=\/?$)/, answer.register_id)]);
  if (answer.register_id) links.push([words.entries, urls.entries + answer.register_id]);
  const text = count(words.posted, answer.lines_posted).replace("{documents}", answer.document_numbers.slice(0, 3).join(", ") || words.noDocument);
  notice("good", text, [], links);
  channel.postMessage("posted");
  grid.grid.resetActiveCell();
  grid.redraw();
  grid.go(0, grid.path[0]);
}

async function refused(problem, attempt) {
  if (problem.errors.some((error) => error.code === "line_changed")) {
    lines.merge(await readAll().catch(() => lines.all.filter((line) => line.id !== null)));
  }
  problems.take(problem.errors, true);
  const bad = new Set(problem.errors.map((error) => error.line));
  const good = versions().filter(({ id }) => !bad.has(id));
  const refusedLines = [...bad].filter((line) => line !== null).length;
  const acts = [];
  if (attempt && about.mayPost && good.length && refusedLines && !bad.has(null)) {
    acts.push([count(words.postValid, good.length), () => poster.confirmValid(good)]);
  }
  const text = refusedLines ? count(attempt ? words.refused : words.refusedPreview, refusedLines) : problem.message || words.noAnswer;
  notice("bad", text, acts);
}

// Checks panel

function nextError() {
  if (!grid.commit()) return;
  const at = grid.active();
  const from = at ? { row: at.row, order: at.cell - 1 } : { row: -1, order: -1 };
  const entry = problems.next(from);
  if (entry) grid.goTo(entry.line, entry.problem.field);
}

const offers = {
  mine(line) {
    const mine = line.mine;
    grid.change("mine", () => Object.entries(mine).forEach(([field, value]) => lines.put(lines.all.indexOf(line), field, value)));
    offers.theirs(line);
  },
  theirs(line) {
    line.mine = null;
    line.errors = line.errors.filter((problem) => problem.code !== "line_changed");
    problems.gather();
  },
  again(line) {
    Object.assign(line, { gone: false, id: null, version: null, errors: [], pending: filled(line) });
    changed([line]);
  },
  drop(line) {
    lines.all.splice(lines.all.indexOf(line), 1);
    problems.gather();
  },
};

$("#checks").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const entry = problems.list[button?.dataset.at];
  if (!entry) return;
  if (button.dataset.act) offers[button.dataset.act](entry.line);
  else if (entry.line) grid.goTo(entry.line, entry.problem.field);
});

// Buttons, keys of the page, and other tabs

const acts = {
  post: () => about.mayPost && poster.post(),
  preview: () => poster.preview(),
  undo: () => grid.undo(),
  redo: () => grid.redo(),
  insert: () => (grid.active() || grid.go(lines.length, grid.path[0]), grid.insertLine()),
  remove: () => grid.active() && grid.deleteLines(),
  next: nextError,
  retry: () => queue.flush(),
  getStandard: () => standard.choose(),
  keepStandard: () => standard.keep(),
  renumber: () => standard.renumber(),
  panel: togglePanel,
};
for (const button of document.querySelectorAll("[data-act]")) {
  if (acts[button.dataset.act]) button.addEventListener("click", () => grid.locked || acts[button.dataset.act]());
}

function togglePanel() {
  const shown = $("#journal").classList.toggle("alone");
  $("[data-act=panel]").setAttribute("aria-pressed", String(!shown));
  grid.fit();
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const control = event.ctrlKey || event.metaKey;
  const act =
    event.key === "F9" && !event.altKey && !event.repeat ? (control && event.shiftKey ? "preview" : control || event.shiftKey ? null : "post")
    : event.altKey && event.code === "KeyE" ? "next"
    : event.altKey && event.key === "F2" ? "panel" : null;
  if (!act) return;
  event.preventDefault();
  acts[act]();
});

for (const button of document.querySelectorAll("dialog [data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close(button.value));
}
document.addEventListener("visibilitychange", () => document.hidden || refresh());
addEventListener("focus", () => refresh());
channel.addEventListener("message", () => refresh());
setInterval(async () => {
  if (document.hidden || !quiet()) return;
  const now = await api.get("").catch(() => null);
  if (now && now.line_count !== lines.all.filter((line) => line.id !== null).length) refresh();
}, AWAY);
addEventListener("beforeunload", (event) => {
  if (!store.whole && queue.waiting.size) event.preventDefault();
});

async function start() {
  try {
    lines.all = (await readAll()).map((line) => received(newLine(), line));
  } catch (problem) {
    notice("bad", problem.message || words.notLoaded, [[words.tryAgain, () => location.reload()]]);
    return;
  }
  const restored = queue.restore();
  if (restored) announce(count(words.restored, restored));
  problems.gather();
  queue.tell();
  grid.redraw();
  grid.go(lines.length, grid.path[0]);
  grid.host.dataset.ready = "true";
  problems.soon(quiet);
  await poster.resume();
}

start();
window.journal = { grid, lines, queue, problems };
