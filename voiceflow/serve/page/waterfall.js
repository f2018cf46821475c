/** Where the time of each turn went, the newest on top and all on one scale. */
import { html } from "./dom.js";

const MOST = 8; // turns that are kept

export class WaterfallView {
  constructor(element, legend) {
    this.element = element;
    this.legend = legend;
    this.begin();
  }

  begin() {
    this.turns = [];
    this.stages = []; // names, in the order in which they were first told: a stage keeps its colour
    this.element.replaceChildren(html("p", { class: "empty" }, "Nothing yet: it shows up with the first answer."));
    this.legend.replaceChildren();
  }

  /** {turn, parts: [{name, ms}], total_ms} */
  add(turn) {
    this.turns = [turn, ...this.turns.filter((other) => other.turn !== turn.turn)].slice(0, MOST);
    for (const { name } of turn.parts) if (!this.stages.includes(name)) this.stages.push(name);
    const scale = Math.max(...this.turns.map(({ total_ms }) => total_ms), 1);
    this.element.replaceChildren(html("ol", {}, ...this.turns.map((each) => this.#bar(each, scale))));
    this.legend.replaceChildren(...turn.parts.map((part) => this.#entry(part)));
  }

  #bar({ turn, parts, total_ms }, scale) {
    const pieces = parts.filter(({ ms }) => ms > 0).map((part) => {
      const piece = html("span", { class: "piece", title: `${part.name}: ${Math.round(part.ms)} ms` });
      piece.style.setProperty("flex-basis", `${(100 * part.ms) / scale}%`);
      piece.dataset.stage = this.stages.indexOf(part.name) % 8;
      return piece;
    });
    const name = html("span", { class: "turn" }, `Turn ${turn}`);
    const total = html("span", { class: "total" }, `${Math.round(total_ms)} ms`);
    return html("li", {}, name, html("span", { class: "bar", "aria-hidden": "true" }, ...pieces), total);
  }

  #entry({ name, ms }) {
    const swatch = html("span", { class: "swatch", "aria-hidden": "true" });
    swatch.dataset.stage = this.stages.indexOf(name) % 8;
    return html("div", {}, html("dt", {}, swatch, name), html("dd", {}, `${Math.round(ms)} ms`));
  }
}
