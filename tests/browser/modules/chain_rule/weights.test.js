import { setDigits } from "/pages/ui/live/draw/numbers.js";
import { WeightGrids } from "/pages/ui/live/chain_rule/weights.js";
import { equal, test, theme } from "../harness.js";

const names = {
  W1: { rows: ["x1", "x2", "bias"], columns: ["h1", "h2"] },
  W2: { rows: ["h1", "h2", "bias"], columns: ["y"] },
};
const bias = { input: true, hidden: true };
const matrices = [
  { rows: 3, columns: 2, values: Float64Array.of(11, 12, 21, 22, 31, 32) },
  { rows: 3, columns: 1, values: Float64Array.of(1, 2, 3) },
];

function grids(conventions) {
  setDigits(4);
  const picks = [];
  const grid = new WeightGrids({ names, bias, conventions: { bias_apart: false, transposed: false, ...conventions } }, {
    pick: ({ layer, row, column }) => picks.push(`${layer}:${row}:${column}`), hover: () => {},
  });
  grid.draw(matrices, 1, theme);
  return { grid, picks };
}

const cells = (figure) => [...figure.querySelectorAll("td button")];
const values = ({ grid }) => grid.elements.map((figure) => cells(figure).map((cell) => Number(cell.textContent)));

test("as derived: the bias is the last row", () => {
  equal(values(grids({})), [[11, 12, 21, 22, 31, 32], [1, 2, 3]]);
});

test("the bias apart stands in a figure of its own", () => {
  const found = grids({ bias_apart: true });
  equal(values(found), [[11, 12, 21, 22], [31, 32], [1, 2], [3]]);
  cells(found.grid.elements[1])[1].click();
  cells(found.grid.elements[3])[0].click();
  equal(found.picks, ["1:2:1", "2:2:0"], "the weight is the same");
});

test("transposed: rows are columns, and a click means the same weight", () => {
  const found = grids({ transposed: true });
  equal(values(found), [[11, 21, 31, 12, 22, 32], [1, 2, 3]]);
  cells(found.grid.elements[0])[1].click();
  equal(found.picks, ["1:1:0"]);
});

test("the chosen weight is marked in its own figure only", () => {
  const { grid } = grids({ bias_apart: true, transposed: true });
  grid.mark({ layer: 1, row: 2, column: 1 });
  const pressed = grid.elements.map((figure) => cells(figure).map((cell) => cell.getAttribute("aria-pressed")).indexOf("true"));
  equal(pressed, [-1, 1, -1, -1]);
});

test("the cells are written again for other matrices, colours or kinds only", () => {
  const { grid } = grids({});
  const [cell] = cells(grid.elements[0]);
  const isWritten = (...drawn) => {
    cell.textContent = "";
    grid.draw(...drawn);
    return cell.textContent !== "";
  };
  equal(isWritten([...matrices], 1, theme), false, "another sample");
  equal(isWritten(matrices, 2, theme), true);
  equal(isWritten(matrices, 2, { ...theme, key: "dark" }), true);
  equal(isWritten(matrices.map((matrix) => ({ ...matrix })), 2, { ...theme, key: "dark" }), true);
});

for (const [conventions, at] of [[{}, [0, 1]], [{ transposed: true }, [0, 3]], [{ bias_apart: true }, [0, 1]]]) {
  test(`a frozen weight is said in its cell's name: ${JSON.stringify(conventions)}`, () => {
    const { grid } = grids(conventions);
    const place = document.createElement("div");
    place.append(grid.legend);
    const frozen = () => grid.elements.flatMap((figure, i) => cells(figure).flatMap((cell, j) => (cell.getAttribute("aria-label").endsWith(", frozen") ? [[i, j]] : [])));
    grid.draw(matrices, 1, theme, { places: [[1, 0, 1]], counts: [1, 0] });
    equal(frozen(), [at]);
    equal(cells(grid.elements[at[0]])[at[1]].querySelectorAll(".lock").length, 1);
    equal(place.querySelector(".frozen").textContent.trim(), "frozen");
    grid.draw(matrices, 1, theme, { places: [], counts: [0, 0] });
    equal([frozen(), place.querySelector(".frozen")], [[], null]);
  });
}
