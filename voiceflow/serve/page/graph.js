/** The call's graph, with what is on every wire. */
import { html, svg } from "./dom.js";
import { BOX, layout } from "./layout.js";

const CORNER = 9;
const LABEL = { width: 84, height: 30 };
const BAR = LABEL.width - 16;
const NONE = "–";

export class GraphView {
  /** `picture` is an svg element, `rows` the body of the table that says the same. */
  constructor(picture, rows) {
    this.picture = picture;
    this.rows = rows;
    this.labels = new Map(); // by inlet: only one wire ends there
    new ResizeObserver(() => this.#draw()).observe(picture.parentElement);
  }

  /** The graph as JSON: {nodes: [{name, type}], edges: [["node.outlet", "node.inlet"]]}, or null. */
  show(graph) {
    this.graph = graph;
    this.wires = [];
    this.#draw();
  }

  /** [{from, to, depth, capacity, age_ms, latency_ms, dropped}] */
  update(wires) {
    this.wires = wires;
    for (const wire of wires) this.labels.get(wire.to)?.(wire);
    this.rows.replaceChildren(...wires.map(row));
  }

  #draw() {
    const width = this.picture.parentElement.clientWidth;
    if (!this.graph || !width) return;
    const names = this.graph.nodes.map(({ name }) => name);
    const edges = this.graph.edges.map(([from, to]) => [nodeOf(from), nodeOf(to), to]);
    const { height, boxes, wires } = layout(names, edges, width - 2);
    this.picture.setAttribute("viewBox", `-1 -1 ${width} ${height + 2}`);
    this.picture.setAttribute("height", height + 2);
    this.labels.clear();
    const paths = wires.map(({ points, back }) => svg("path", { class: back ? "wire back" : "wire", d: path(points) }));
    const labels = wires.filter(({ label }) => label).map((wire) => this.#label(wire));
    const types = new Map(this.graph.nodes.map(({ name, type }) => [name, type.split(":").at(-1)]));
    const nodes = boxes.map((place) => box(place, types.get(place.name)));
    this.picture.replaceChildren(title(names.length), ...paths, ...nodes, ...labels);
    this.update(this.wires);
  }

  #label({ key, label: { x, y } }) {
    const depth = svg("text", { class: "depth", x: 0, y: -1 }, NONE);
    const times = svg("text", { class: "times", x: 0, y: 11 }, NONE);
    const fill = svg("rect", { class: "fill", x: -BAR / 2, y: -14, width: 0, height: 3, rx: 1.5 });
    const all = svg(
      "g",
      { class: "label idle", transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
      svg("rect", { class: "plate", x: -LABEL.width / 2, y: -18, width: LABEL.width, height: LABEL.height + 4, rx: 6 }),
      svg("rect", { class: "trough", x: -BAR / 2, y: -14, width: BAR, height: 3, rx: 1.5 }),
      fill,
      depth,
      times,
    );
    this.labels.set(key, (wire) => {
      const part = Math.min(1, wire.depth / wire.capacity || 0);
      depth.textContent = `${count(wire.depth)} / ${count(wire.capacity)}`;
      times.textContent = `${milliseconds(wire.age_ms)} · ${milliseconds(wire.latency_ms)}`;
      fill.setAttribute("width", (part * BAR).toFixed(1));
      all.setAttribute("class", `label ${wire.dropped ? "lossy" : part > 0.75 ? "full" : part > 0 ? "busy" : "idle"}`);
    });
    return all;
  }
}

function nodeOf(address) {
  return address.slice(0, address.lastIndexOf("."));
}

function count(value) {
  return value == null ? NONE : Number(value.toFixed(2)).toString();
}

function milliseconds(value) {
  if (value == null) return NONE;
  return value < 1000 ? `${value.toFixed(value < 10 ? 1 : 0)}` : `${(value / 1000).toFixed(1)} s`;
}

function row({ from, to, depth, capacity, age_ms, latency_ms, dropped }) {
  const cells = [count(depth), count(capacity), milliseconds(age_ms), milliseconds(latency_ms), dropped ?? 0];
  const name = html("th", { scope: "row" }, `${from} → ${to}`);
  return html("tr", {}, name, ...cells.map((value) => html("td", {}, String(value))));
}

function title(count) {
  return svg("title", {}, `The graph of this call: ${count} nodes. The table below says the same.`);
}

function box({ name, x, y, width }, type) {
  const middle = x + width / 2;
  const fits = Math.floor((width - 8) / 6.6);
  return svg(
    "g",
    { class: "node" },
    svg("rect", { x, y, width, height: BOX.height, rx: CORNER }),
    svg("text", { class: "name", x: middle, y: y + 17 }, short(name, fits)),
    svg("text", { class: "type", x: middle, y: y + 31 }, short(type, fits + 2)),
    svg("title", {}, `${name}: ${type}`),
  );
}

function short(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Straight down or sideways where it can be, with soft bends between. */
function path([[x, y], ...rest]) {
  let d = `M${x.toFixed(1)} ${y.toFixed(1)}`;
  for (const [x1, y1] of rest) {
    if (x1 === x || y1 === y) d += `L${x1.toFixed(1)} ${y1.toFixed(1)}`;
    else d += `C${x.toFixed(1)} ${(y + y1) / 2} ${x1.toFixed(1)} ${(y + y1) / 2} ${x1.toFixed(1)} ${y1.toFixed(1)}`;
    [x, y] = [x1, y1];
  }
  return d;
}
