// What is typed and what is shown: exact sums in number cells, numbers and dates in the user's way.
// Values stay text all the way, as the API has them: no amount ever becomes a binary fraction.

const SCALE = 12n;
const ONE = 10n ** SCALE;

function parse(text) {
  const [whole, part = ""] = text.split(".");
  return BigInt(whole || "0") * ONE + BigInt(part.slice(0, 12).padEnd(12, "0") || "0");
}

function plain(value) {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(13, "0");
  const part = digits.slice(-12).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -12)}${part ? "." + part : ""}`;
}

function divide(left, right) {
  if (right === 0n) throw new RangeError("division by zero");
  const exact = (left * ONE * 10n) / right;
  return (exact + (exact < 0n ? -5n : 5n)) / 10n;
}

/** "12*4" and "(3+2,5)/2" as plain text, rounded to `places`; null where the text is no sum. */
export function worked(text, places) {
  const sum = text.replace(/^=/, "").replace(/[\u2212\u2013]/g, "-").replace(/,/g, ".").replace(/\s+/g, "");
  if (!/^[\d.()+\-*/]+$/.test(sum) || !/[\d.)][+\-*/]+[\d(.-]/.test(sum)) return null;
  const tokens = sum.match(/\d+(?:\.\d*)?|\.\d+|[()+\-*/]/g);
  if (!tokens || tokens.join("") !== sum) return null;
  let at = 0;
  const factor = () => {
    const token = tokens[at++];
    if (token === "-") return -factor();
    if (token === "+") return factor();
    if (token === "(") {
      const inner = terms();
      if (tokens[at++] !== ")") throw new SyntaxError("bracket");
      return inner;
    }
    if (!/^[\d.]/.test(token ?? "")) throw new SyntaxError("number");
    return parse(token);
  };
  const product = () => {
    let value = factor();
    while (tokens[at] === "*" || tokens[at] === "/") {
      const times = tokens[at++] === "*";
      const other = factor();
      value = times ? (value * other) / ONE : divide(value, other);
    }
    return value;
  };
  const terms = () => {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") value = tokens[at++] === "+" ? value + product() : value - product();
    return value;
  };
  try {
    const value = terms();
    return at === tokens.length ? rounded(value, places) : null;
  } catch {
    return null;
  }
}

function rounded(value, places) {
  const step = 10n ** (SCALE - BigInt(places));
  const half = step / 2n;
  const whole = value < 0n ? -((-value + half) / step) : (value + half) / step;
  return plain(whole * step);
}

/** Exact arithmetic on plain numbers as text; anything else counts as nothing. */
export const isNumber = (text) => /^-?(\d+\.?\d*|\.\d+)$/.test(text ?? "");
const scaled = (text) => (isNumber(text) ? (text.startsWith("-") ? -parse(text.slice(1)) : parse(text)) : 0n);
export const times = (left, right, places) => rounded((scaled(left) * scaled(right)) / ONE, places);
export const minus = (left, right) => plain(scaled(left) - scaled(right));
export const plus = (left, right) => plain(scaled(left) + scaled(right));
export const sum = (texts) => plain(texts.reduce((total, text) => total + scaled(text), 0n));
export const below = (left, right) => scaled(left) < scaled(right);

const formats = new Map();

/** A plain number in the user's way, with a real minus; other text as it is. */
export function number(text, least = 0, most = 5) {
  if (!isNumber(text)) return text ?? "";
  const locale = document.documentElement.lang || "en";
  const key = `${locale}|${least}|${most}`;
  if (!formats.has(key)) {
    const options = { minimumFractionDigits: least, maximumFractionDigits: Math.max(most, least) };
    formats.set(key, new Intl.NumberFormat(locale === "en" ? "en-GB" : locale, options));
  }
  return formats.get(key).format(text).replace("-", "\u2212");
}

/** An ISO date as the user reads it; other text as it is. */
export function day(text) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text ?? "")) return text ?? "";
  const locale = document.documentElement.lang || "en";
  if (!formats.has(locale)) {
    const options = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
    formats.set(locale, new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, options));
  }
  return formats.get(locale).format(new Date(text + "T00:00:00Z"));
}

export function escaped(text) {
  return String(text ?? "").replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Rough equality of typed and kept text: case, separators and blanks do not count. */
export function alike(typed, kept) {
  const bare = (text) => String(text ?? "").trim().toUpperCase().replace(/\u2212/g, "-").replace(",", ".");
  const left = bare(typed);
  const right = bare(kept);
  return left === right || (isNumber(left) && isNumber(right) && scaled(left) === scaled(right));
}
