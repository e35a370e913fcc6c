import { around, PathDiagram } from "/pages/ui/live/chain_rule/path_diagram.js";
import { equal, test, theme } from "../harness.js";

test("a small layer is drawn whole, its bias last", () => {
  equal(around(3, 8, 1, true), [0, 1, 2, 3]);
  equal(around(3, 8, 3, true), [0, 1, 2, 3], "the bias itself is chosen");
  equal(around(2, 8, 0, false), [0, 1]);
});

test("of a large one the nodes around the chosen one", () => {
  equal(around(100, 4, 50, true), [48, 49, 50, 51, 100]);
  equal(around(100, 4, 0, false), [0, 1, 2, 3]);
  equal(around(100, 4, 99, false), [96, 97, 98, 99]);
  equal(around(100, 4, 100, true), [96, 97, 98, 99, 100], "the bias: those next to it");
});

const names = (d, m, K) => ({
  W1: { rows: [...Array.from({ length: d }, (_, i) => `x${i + 1}`), "bias"], columns: Array.from({ length: m }, (_, i) => `h${i + 1}`) },
  W2: { rows: [...Array.from({ length: m }, (_, i) => `h${i + 1}`), "bias"], columns: Array.from({ length: K }, (_, i) => `y${i + 1}`) },
});

function pathOf(d, m, K, weight, units) {
  const matrix = (rows, columns) => ({ rows, columns, values: new Float64Array(rows * columns).fill(0.5) });
  const path = new PathDiagram();
  path.draw({ names: names(d, m, K), bias: { input: true, hidden: true }, W1: matrix(d + 1, m), W2: matrix(m + 1, K), midpoints: { weights: 1 } }, weight, units, theme, 400);
  return path.canvas.dataset.path;
}

test("a weight of W2 goes straight to its output", () => {
  equal(pathOf(2, 3, 1, { layer: 2, row: 3, column: 0 }, [0]), "2:3:0");
});

test("a weight of W1 goes through its unit to every output", () => {
  equal(pathOf(2, 3, 2, { layer: 1, row: 2, column: 1 }, [1, 0]), "1:2:1 2:1:0 2:1:1");
});

test("in a large network the path is of the nodes that are drawn", () => {
  equal(pathOf(100, 50, 1, { layer: 1, row: 50, column: 30 }, [30, 0]), "1:4:4 2:4:0");
});

test("with several hidden layers the path goes through the units chosen", () => {
  const layers = [["x1", "x2", "bias"], ...Array.from({ length: 3 }, (_, n) => [...Array.from({ length: 20 }, (_, i) => `h${n}${i}`), "bias"]), ["y1", "y2"]];
  const named = Object.fromEntries(layers.slice(1).map((columns, i) => [`W${i + 1}`, { rows: layers[i], columns: columns.filter((name) => name !== "bias") }]));
  const scene = { names: named, bias: { input: true, hidden: true }, midpoints: { weights: 1 } };
  for (const [name, { rows, columns }] of Object.entries(named)) scene[name] = { rows: rows.length, columns: columns.length, values: new Float64Array(rows.length * columns.length) };
  const path = new PathDiagram();
  path.draw(scene, { layer: 2, row: 20, column: 7 }, [7, 19, 1], theme, 800);
  equal(path.canvas.dataset.path, "2:9:4 3:4:8 4:8:1", "the bias is drawn last");
  equal(path.canvas.getAttribute("aria-label").split(": ")[1], "bias → h17 → h219 → y2, to the cost");
});
