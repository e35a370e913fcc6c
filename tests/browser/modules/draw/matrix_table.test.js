import { MatrixTable } from "/pages/ui/live/draw/matrix_table.js";
import { equal, test } from "../harness.js";

const names = (letter, count) => Array.from({ length: count }, (_, i) => `${letter}${i}`);
const text = (value) => `= ${value}`;
const cells = (row) => [...row.children].map((cell) => `${cell.tagName} ${cell.scope ?? ""} ${cell.textContent}`.replace(/ +/g, " ").trim());

test("a table has the names of rows and columns, and the numbers as in the cells", () => {
  const table = new MatrixTable("W2", { rows: ["h1", "bias"], columns: ["<b>y</b>", "z"] });
  table.fill(Float64Array.of(1, 2, 3, 4), text);
  equal(table.element.querySelector("caption").textContent, "W2, 2×2");
  equal([...table.element.querySelectorAll("tr")].map(cells),
    [["TD", "TH col <b>y</b>", "TH col z"], ["TH row h1", "TD = 1", "TD = 2"], ["TH row bias", "TD = 3", "TD = 4"]]);
});

test("of a large matrix it has the range", () => {
  const table = new MatrixTable("W1", { rows: names("x", 401), columns: ["h"] });
  table.fill(Float64Array.from({ length: 401 }, (_, i) => (200 - i) / 100), text);
  equal(table.element.textContent, "W1, 401×1: from −2 to 2");
});

test("of block means, however few, it has the range", () => {
  for (const [rows, columns, blocks] of [[257, 256, 361], [20, 20, 100]]) {
    const table = new MatrixTable("W2", { rows: names("h", rows), columns: names("g", columns) });
    table.fill(Float32Array.from({ length: blocks }, (_, i) => i / 2), (value) => value.toFixed(2));
    equal(table.element.textContent, `W2, ${rows}×${columns}: means of blocks from 0 to ${(blocks - 1) / 2}`);
  }
});

test("it is emptied, and filled anew for other values only", () => {
  const table = new MatrixTable("W1", { rows: ["x"], columns: ["h"] });
  const values = Float64Array.of(1);
  table.fill(values, text);
  const before = table.element.firstChild;
  table.fill(values, text);
  equal(table.element.firstChild === before, true);
  table.fill(Float64Array.of(2), text);
  equal(table.element.querySelector("tbody td").textContent, "= 2");
  table.clear();
  equal(table.element.children.length, 0);
});
