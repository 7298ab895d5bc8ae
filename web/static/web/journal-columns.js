// The columns of a journal grid from what the page says about them, and how a heading or a typed choice finds its column.

import { day, isNumber, number, worked } from "./journal-values.js";

const squeezed = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** The page's column descriptions, completed. `field` is the API's name of the value. */
export function prepare(columns, choices) {
  return columns.map((column) => ({
    ...column,
    headings: new Set([column.field, column.title, ...(column.also ?? [])].map(squeezed)),
    choices: column.kind === "choice" ? choices[column.field] : null,
  }));
}

/** The column that each heading of a pasted first row names; null where the row is not a row of headings. */
export function headed(row, columns) {
  const named = row.map((cell) => cell.trim()).map((cell) => columns.find((column) => column.headings.has(squeezed(cell))));
  const filled = row.filter((cell) => cell.trim() !== "").length;
  const found = named.filter(Boolean);
  return filled > 0 && found.length === filled && new Set(found).size === found.length ? named : null;
}

/** What a cell holds as people read it. */
export function shown(column, text) {
  if (!text || (column.quiet && text === "0")) return "";
  if (column.kind === "number") return number(text, column.least ?? 0, column.places ?? 5);
  if (column.kind === "date") return day(text);
  if (column.kind === "choice") return column.choices.find((choice) => choice.value === text)?.label ?? text;
  return text;
}

/** What was typed, as it is kept: sums worked out, choices from their first letters. */
export function taken(column, text) {
  const typed = text.trim();
  if (column.kind === "number" && typed && !isNumber(typed)) return worked(typed, column.places ?? 5) ?? typed;
  if (column.kind === "choice") return chosen(column.choices, typed) ?? typed;
  return typed;
}

export function chosen(choices, typed) {
  const wanted = squeezed(typed);
  const sign = choices.find((choice) => choice.sign && choice.sign === typed);
  if (sign) return sign.value;
  if (!wanted) return null;
  const exact = choices.find((choice) => [choice.value, choice.label].some((name) => squeezed(name) === wanted));
  if (exact) return exact.value;
  const starting = choices.filter((choice) => squeezed(choice.label).startsWith(wanted));
  return starting.length === 1 ? starting[0].value : null;
}
