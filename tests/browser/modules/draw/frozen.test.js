import { Diagram } from "/pages/ui/live/draw/diagram.js";
import { FrozenKey, FrozenWeights, drawLock, onEdges } from "/pages/ui/live/draw/frozen.js";
import { MatrixRow } from "/pages/ui/live/draw/matrix_row.js";
import { MatrixTable } from "/pages/ui/live/draw/matrix_table.js";
import { canvas, equal, test, theme } from "../harness.js";

const names = (letter, count) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
const matrix = (rows, columns) => ({ rows: names("r", rows), columns: names("c", columns), block: [1, 1] });
const matrices = [matrix(3, 3), matrix(4, 1)];
const CHANGES = [
  { epoch: 5, places: [[1, 0, 1], [2, 3, 0]], counts: [1, 1] },
  { epoch: 9, places: [], counts: [0, 0] },
];
const LAYERS = { W1: new Float64Array(9).fill(0.5), W2: new Float64Array(4).fill(0.5) };

test("the marks of an epoch are those of its settings", () => {
  const frozen = new FrozenWeights(CHANGES, matrices);
  const at = (epoch) => frozen.at(epoch).sets.map((places) => [...places]);
  equal([at(0), at(4)], [[[], []], [[], []]], "before the first change");
  equal([at(5), at(8)], [[[1], [3]], [[1], [3]]]);
  equal(at(9), [[], []]);
  equal(frozen.at(6) === frozen.at(5), true, "the same object until they change");
  equal([frozen.any, new FrozenWeights(undefined, matrices).any], [true, false]);
});

test("a padlock is legible on the darkest and the lightest colour", () => {
  for (const ground of ["#000000", "#ffffff"]) {
    const pen = canvas().getContext("2d");
    pen.fillStyle = ground;
    pen.fillRect(0, 0, 60, 60);
    drawLock(pen, 30, 30, 40, theme);
    const { data } = pen.getImageData(0, 0, 60, 60);
    const greys = Array.from({ length: 3600 }, (_, i) => data[4 * i]);
    equal([greys.filter((grey) => grey < 30).length > 300, greys.filter((grey) => grey > 250).length > 100], [true, true]);
  }
});

function row(frozen) {
  const drawn = new MatrixRow({ midpoint: 1, frozen: true }, matrices);
  drawn.layout(600, theme);
  drawn.draw(LAYERS, theme, { frozen: new FrozenWeights(frozen, matrices).at(5) });
  drawn.describe();
  return drawn;
}

/** Return what the tooltips of a heatmap say of frozen weights: the names of their cells. */
function told(drawn, i) {
  const { width, height } = drawn.canvases[i].style;
  const found = new Set();
  for (let y = 0; y < parseFloat(height); y += 4) for (let x = 0; x < parseFloat(width); x += 4) {
    const tip = drawn.at(drawn.canvases[i], x, y);
    if (tip?.more === "frozen") found.add(tip.text);
  }
  return [...found];
}

test("a matrix marks its frozen weights: in the cell, the tooltip, the table and the legend", () => {
  const [without, within] = [[], CHANGES].map(row);
  equal(within.canvases.map((each, i) => each.toDataURL() === without.canvases[i].toDataURL()), [false, false]);
  equal([told(within, 0), told(within, 1), told(without, 0)], [["W⁽¹⁾  r1 → c2"], ["W⁽²⁾  r4 → c1"], []]);
  const cells = [...within.tables[0].element.querySelectorAll("td")].map((cell) => cell.textContent).filter(Boolean);
  equal(cells, ["0.50", "0.50, frozen", ...Array(7).fill("0.50")]);
  equal(within.element.querySelector(".frozen").textContent.trim(), "frozen");
  equal([within, without].map(({ element }) => element.querySelector(".frozen").style.visibility), ["", "hidden"], "its place is kept");
  equal(new MatrixRow({ midpoint: 1 }, matrices).element.querySelector(".frozen"), null, "a run without any has no such legend");
});

test("of a large matrix a sentence tells how many are frozen", () => {
  const table = new MatrixTable("W1", matrix(30, 20));
  table.fill(new Float64Array(600), String, { count: 12 });
  equal(table.element.textContent, "W1, 30×20: from 0 to 0; 12 frozen");
  const key = new FrozenKey();
  key.show([12, 1], [false, true]);
  equal(key.element.textContent.trim(), "frozen; 12 of W⁽¹⁾");
});

const columns = [
  { names: ["x1", "x2", "1"], more: 4, bias: true }, { names: ["h1", "h2", "1"], more: 0, bias: true }, { names: ["y"], more: 0, bias: false },
];
const large = [matrix(7, 2), matrix(3, 1)];

test("a diagram that omits nodes marks the edges of the weights that it shows", () => {
  const places = [[1, 1, 0], [1, 4, 1], [1, 6, 1], [2, 2, 0]]; // the second one's input is omitted
  const { sets } = new FrozenWeights([{ epoch: 0, places, counts: [3, 1] }], large).at(0);
  equal(onEdges(sets, columns, large).map((edges) => [...edges]), [[2, 5], [2]]);
});

test("frozen edges are marked, with numbers on the edges or without, but not too many", () => {
  const picture = (width, frozen) => {
    const drawing = canvas();
    const view = new Diagram(drawing, { columns });
    view.layout(width, theme);
    view.draw([new Float64Array(6).fill(0.5), new Float64Array(3).fill(-0.5)], [], theme, 1, { frozen });
    return drawing.toDataURL();
  };
  for (const width of [600, 200]) { // where there is no space for numbers
    const pictures = [undefined, [new Set([2]), new Set()], [new Set([3]), new Set()], [new Set([2]), new Set([2])]].map((frozen) => picture(width, frozen));
    equal(new Set(pictures).size, 4);
    equal(picture(width, [new Set(), new Set()]) === pictures[0], true, "no padlock without a frozen weight");
  }
  equal([Diagram.marks(10), Diagram.marks(1000)], [true, false]);
});
