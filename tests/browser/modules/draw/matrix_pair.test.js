import { MatrixPair } from "/pages/ui/live/draw/matrix_pair.js";
import { equal, test, theme } from "../harness.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(await (await fetch("/pages/ui/live/player/stage.css")).text());
document.adoptedStyleSheets = [sheet];

const names = (letter, count) => Array.from({ length: count }, (_, i) => `${letter}${i}`);
const matrix = (rows, columns) => ({ rows: names("x", rows), columns: names("h", columns), block: [1, 1] });
const layers = (kind) => ({ W1: kind.from({ length: 24 }, (_, i) => i), W2: kind.of(1, -2, 3, 4, 5, 6, 7, 8, 9) });

function pair(options = {}) {
  const made = new MatrixPair({ midpoint: 1, notes: ["inputs → hidden", "hidden → output"], ...options }, [matrix(3, 8), matrix(9, 1)]);
  document.body.replaceChildren(made.element);
  return made;
}

test("titles are whole at any width, and the matrices begin at the same height", () => {
  for (const room of [300, 360, 500, 900]) {
    for (const symbol of ["W", "∂C/∂W"]) {
      const drawn = pair({ symbol });
      drawn.layout(room, theme);
      const { element, canvases } = drawn;
      const tops = canvases.map((canvas) => canvas.getBoundingClientRect().top);
      const side = canvases[1].getBoundingClientRect().left > canvases[0].getBoundingClientRect().right;
      equal(!side || Math.abs(tops[0] - tops[1]) < 0.5, true, `${room}: ${tops}`);
      for (const caption of element.querySelectorAll("figcaption")) {
        equal([getComputedStyle(caption).overflow, caption.scrollHeight <= caption.clientHeight + 1], ["visible", true]);
      }
    }
  }
});

const tables = ({ element }) => [...element.querySelectorAll("table")].map((table) => table.querySelectorAll("tbody td").length);

test("a film at rest has tables for screen readers, one that plays has none", () => {
  const drawn = pair({ name: "Gradient of " });
  drawn.layout(500, theme);
  drawn.draw(layers(Float32Array), theme);
  equal(tables(drawn), []);
  drawn.draw(layers(Float64Array), theme, true);
  equal(tables(drawn), [24, 9]);
  equal(drawn.element.querySelector("caption").textContent, "Gradient of W1, 3×8");
  drawn.draw(layers(Float32Array), theme);
  equal(tables(drawn), []);
});
