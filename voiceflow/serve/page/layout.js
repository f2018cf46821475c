/**
 * Where the boxes and wires of a drawn graph stand: rows from top to bottom, as wide as there is room. A wire that
 * passes a row takes a cell in it, like a box, so that no wire runs behind a box. Wires that go back up run at the
 * right. Does no I/O.
 */

export const BOX = { height: 40, most: 190 };
const ROW = 106; // from one row to the next
const BEND = 20; // of the room between two rows, for wires to go sideways; the rest is for what is written on them
const GAP = 10; // between cells
const TRACK = 14; // for a wire that goes back up

/** `edges` are [source, target, key]; gives {height, boxes: [{name, x, y, width}], wires: [{key, points, label, back}]}. */
export function layout(names, edges, width) {
  const forward = edges.filter(withoutLoops(names));
  const back = edges.filter((edge) => !forward.includes(edge));
  const rows = rowsOf(names, forward);
  order(rows);
  const inner = width - TRACK * back.length;
  rows.forEach((row, depth) => row.forEach((cell, n) => stand(cell, n, row.length, depth, inner)));
  const cells = new Map(rows.flat().map((cell) => [cell.name, cell]));
  const ports = portsOf(rows);
  const wires = [
    ...forward.map((edge) => wireOf(edge, cells, ports)),
    ...back.map((edge, n) => returning(edge, cells, inner + TRACK * n + TRACK / 2)),
  ];
  const boxes = names.map((name) => cells.get(name));
  return { height: (rows.length - 1) * ROW + BOX.height, boxes, wires };
}

/** Keeps an edge unless it closes a loop with those kept before it. */
function withoutLoops(names) {
  const after = new Map(names.map((name) => [name, new Set([name])]));
  return ([source, target]) => {
    if (after.get(target).has(source)) return false;
    for (const reached of after.values()) {
      if (reached.has(source)) after.get(target).forEach((name) => reached.add(name));
    }
    return true;
  };
}

/** Every box a row below the last that feeds it; what nothing feeds just above the first that it feeds. */
function depths(names, edges) {
  const depth = new Map(names.map((name) => [name, 0]));
  for (let round = 0; round < names.length; round++) {
    for (const [source, target] of edges) depth.set(target, Math.max(depth.get(target), depth.get(source) + 1));
  }
  const fed = new Set(edges.map(([, target]) => target));
  for (const name of names) {
    const next = edges.filter(([source]) => source === name).map(([, target]) => depth.get(target));
    if (!fed.has(name) && next.length) depth.set(name, Math.min(...next) - 1);
  }
  return depth;
}

function rowsOf(names, edges) {
  const depth = depths(names, edges);
  const rows = Array.from({ length: 1 + Math.max(0, ...depth.values()) }, () => []);
  const cells = new Map(names.map((name) => [name, { name, box: true, above: [], below: [] }]));
  for (const [name, cell] of cells) rows[depth.get(name)].push(cell);
  for (const [source, target, key] of edges) {
    let above = cells.get(source);
    for (let row = depth.get(source) + 1; row < depth.get(target); row++) {
      const lane = { name: laneName(key, row), box: false, above: [], below: [] };
      rows[row].push(lane);
      above = hang(above, lane, key);
    }
    hang(above, cells.get(target), key);
  }
  return rows;
}

function hang(above, below, key) {
  above.below.push({ cell: below, key });
  below.above.push({ cell: above, key });
  return below;
}

/** A key has a dot in it and no name has: a lane is never taken for a box. */
function laneName(key, row) {
  return `${key}#${row}`;
}

/** Sort each row by where its neighbours stand, down and up, until little crosses. */
function order(rows) {
  for (let sweep = 0; sweep < 6; sweep++) {
    const side = sweep % 2 ? "below" : "above";
    for (const row of sweep % 2 ? rows.toReversed() : rows) {
      const places = new Map(rows.flatMap((each) => each.map((cell, n) => [cell, (n + 0.5) / each.length])));
      const wanted = (cell) => mean(cell[side].map((near) => places.get(near.cell))) ?? places.get(cell);
      const want = new Map(row.map((cell) => [cell, wanted(cell)]));
      row.sort((a, b) => want.get(a) - want.get(b));
    }
  }
}

function mean(values) {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

function stand(cell, n, count, depth, width) {
  const room = width / count;
  cell.width = Math.min(BOX.most, room - GAP);
  cell.x = room * (n + 0.5) - cell.width / 2;
  cell.y = depth * ROW;
  cell.middle = cell.x + cell.width / 2;
}

/** Where on a box's edge each of its wires stands: in the order of the cells at their other ends. */
function portsOf(rows) {
  const ports = new Map();
  for (const cell of rows.flat()) {
    for (const side of ["above", "below"]) {
      const ends = cell[side].toSorted((a, b) => a.cell.middle - b.cell.middle);
      ends.forEach(({ key }, n) => {
        const spread = cell.box ? ((n + 0.5) / ends.length - 0.5) * 0.7 * cell.width : 0;
        ports.set(`${side}#${cell.name}#${key}`, cell.middle + spread);
      });
    }
  }
  return ports;
}

function wireOf([source, target, key], cells, ports) {
  const [top, bottom] = [cells.get(source), cells.get(target)];
  const points = [[ports.get(`below#${source}#${key}`), top.y + BOX.height]];
  for (let y = top.y + ROW; y < bottom.y; y += ROW) {
    const lane = cells.get(laneName(key, y / ROW));
    points.push([lane.middle, y], [lane.middle, y + BOX.height]);
  }
  points.push([ports.get(`above#${target}#${key}`), bottom.y]);
  if (points.length > 2) return { key, points, label: { x: points[1][0], y: points[1][1] + BOX.height / 2 }, back: false };
  return { key, ...labelled(points, top, bottom), back: false };
}

/** Between two rows: it goes sideways near the end that has more wires, and is labelled at the other, by itself. */
function labelled([[x0, y0], [x1, y1]], top, bottom) {
  if (Math.abs(x0 - x1) < 1) return { points: [[x0, y0], [x0, y1]], label: { x: x0, y: (y0 + y1) / 2 } };
  const first = top.below.length >= bottom.above.length;
  const turn = first ? [x1, y0 + BEND] : [x0, y1 - BEND];
  const label = first ? { x: x1, y: (y0 + BEND + y1) / 2 } : { x: x0, y: (y0 + y1 - BEND) / 2 };
  return { points: [[x0, y0], turn, [x1, y1]], label };
}

function returning([source, target, key], cells, track) {
  const [from, to] = [cells.get(source), cells.get(target)];
  const [y0, y1] = [from.y + BOX.height / 2, to.y + BOX.height / 2];
  const points = [[from.x + from.width, y0], [track, y0], [track, y1], [to.x + to.width, y1]];
  return { key, points, label: null, back: true };
}
