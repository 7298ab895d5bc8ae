// The panel beside the grid that follows the line: on hand at its location, what posting makes of it, its unit cost.

import { below, escaped, minus, number, plus } from "./journal-values.js";

const FRESH = 5000;

export class Details {
  constructor({ api, box, words, urls, transfers, seesCost, cost }) {
    Object.assign(this, { api, box, words, urls, transfers, seesCost, cost });
    this.known = new Map();
    this.asked = "";
  }

  /** Show a line; `row` counts from zero. What must be asked for follows when it is there. */
  show(line, row, wait = 150) {
    const item = line?.values.item ?? "";
    const location = line?.unread.location ? "" : (line?.values.location ?? "");
    this.line = line;
    this.row = row;
    this.asked = `${item}|${location}`;
    this.draw();
    clearTimeout(this.timer);
    if (item && !line.unread.item) this.timer = setTimeout(() => this.ask(item, location, this.asked), wait);
  }

  forget() {
    this.known.clear();
  }

  async ask(item, location, key) {
    const known = this.known.get(key);
    if (!known || Date.now() - known.at > FRESH) {
      try {
        const asked = new URLSearchParams({ q: item, limit: "8" });
        if (location) asked.set("location", location);
        const { results } = await this.api.get(`lookups/items/?${asked}`);
        this.known.set(key, { at: Date.now(), found: results.find((result) => result.number === item.toUpperCase()) });
      } catch {
        return; // the panel keeps what it has
      }
    }
    if (this.asked === key) this.draw();
  }

  draw() {
    const { line, row, words } = this;
    if (!line || !line.values.item) {
      this.box.innerHTML = `<h2>${escaped(words.details)}</h2><p class="mute m-0">${escaped(words.detailsEmpty)}</p>`;
      return;
    }
    const { item, location, description } = line.values;
    const place = location ? words.at.replace("{location}", location) : words.noLocation;
    const card = line.unread.item ? "" : `<a class="end small" href="${escaped(this.urls.item.replace("ITEM", encodeURIComponent(item)))}">${escaped(words.card)}</a>`;
    this.box.innerHTML =
      `<h2>${escaped(words.lineNumber.replace("{number}", row + 1))} <span class="mute small">${escaped(item)} ${escaped(place)}</span>${card}</h2>` +
      (description ? `<div class="strong sl-detail-name">${escaped(description)}</div>` : "") +
      `<dl class="sl-kv">${this.facts().map(([name, value, css]) => `<dt>${escaped(name)}</dt><dd><span class="v ${css ?? ""}">${escaped(value)}</span></dd>`).join("")}</dl>`;
  }

  facts() {
    const { line, words } = this;
    const { quantity = "", unit = "", entry_type: type } = line.values;
    const found = this.known.get(this.asked)?.found;
    const facts = [];
    const out = this.transfers || type === "sale" || type === "negative_adjmt";
    const moved = out ? minus("0", quantity) : quantity;
    const counted = quantity !== "" && !line.unread.quantity;
    if (found) {
      const same = !unit || unit === found.unit;
      facts.push([words.onHand, `${number(found.on_hand)} ${found.unit}`, below(found.on_hand, "0") ? "neg" : ""]);
      if (counted) facts.push([words.thisLine, `${below(moved, "0") ? "" : "+"}${number(moved)} ${unit || found.unit}`]);
      if (counted && same) {
        const after = plus(found.on_hand, moved);
        facts.push([words.after, `${number(after)} ${found.unit}`, below(after, "0") ? "pencil neg" : "pencil"]);
      }
      if (found.blocked) facts.push([words.blocked, words.yes, "neg"]);
    }
    if (this.seesCost && line.cost && line.cost !== "0") facts.push([words.unitCost, number(line.cost, 2, 5)]);
    const amount = this.cost(line);
    if (amount) facts.push([words.amount, number(amount, 2, 2), "pencil"]);
    return facts;
  }
}
