import { NetworkDiagram } from "/pages/ui/live/step_through/diagram/network_diagram.js";
import { equal, test } from "../harness.js";
import { randomScene, sceneByHand } from "./scenes.js";

/** Return a diagram of that width with a stop drawn. */
function diagramAt(scene, name, { width = 420, sample = 0, hidden = false, all: every = false, pick } = {}) {
  const diagram = new NetworkDiagram(pick);
  diagram.element.style.width = `${width}px`;
  document.body.append(diagram.element);
  diagram.draw(scene, scene.stops.find((stop) => stop.name === name), { sample, hidden, all: every });
  return diagram;
}

const all = (diagram, selector) => [...diagram.element.querySelectorAll(selector)];
/** Return what stands on the units of a column, the bias last. */
const valuesOf = (diagram, column) => all(diagram, `[data-unit^="${column}:"] .value`).map(({ textContent }) => textContent);
/** Return the widths in px of the edges that are lit, by layer, row and column. */
const widthsOf = (diagram) => Object.fromEntries(all(diagram, "[data-edge]").map((edge) => [edge.dataset.edge, parseFloat(edge.style.strokeWidth)]));
const words = (diagram) => diagram.element.querySelector("[role=img]").getAttribute("aria-label");
const heads = (diagram) => all(diagram, ".head:not(.matrix)").map(({ textContent }) => textContent);

const [plain, thin, thick] = [2.2, 1.2, 6];
const W1 = ["1:0:0", "1:0:1", "1:1:0", "1:1:1", "1:2:0", "1:2:1"];
const W2 = ["2:0:0", "2:1:0", "2:2:0"];
const each = (edges, width) => Object.fromEntries(edges.map((edge) => [edge, width]));

// At each stop: what stands on the inputs, hidden units, output and C, and the widths of the edges in use.
const [X, H, Z] = [["3", "−2", "1"], ["0.5", "−4", "1"], ["0.25", "0.5", "1"]];
const NONE = ["", "", "1"];
const STOPS = {
  X: [X, NONE, [""], [""], {}],
  H: [X, H, [""], [""], each(W1, plain)],
  Z: [X, Z, [""], [""], {}],
  O: [X, Z, ["7"], [""], each(W2, plain)],
  y_hat: [X, Z, ["0.5"], [""], {}],
  C: [X, Z, ["0.5"], ["0.125"], { "3:0:0": plain }],
  dC_dyhat: [X, Z, ["−0.25"], ["0.125"], { "3:0:0": thick }],
  dC_dO: [X, Z, ["−0.5"], ["0.125"], {}],
  dC_dW2: [X, Z, ["−0.5"], ["0.125"], { "2:0:0": 2.4, "2:1:0": 3.6, "2:2:0": thick }], // −0.125, −0.25, −0.5
  dC_dZ: [X, ["2", "−1", "1"], ["−0.5"], ["0.125"], { "2:0:0": thick, "2:1:0": thick }], // by δ = −0.5; none to the constant
  dC_dH: [X, ["0.5", "−0.25", "1"], ["−0.5"], ["0.125"], {}],
  dC_dW1: [X, ["0.5", "−0.25", "1"], ["−0.5"], ["0.125"], { "1:0:0": 6, "1:0:1": 3.6, "1:1:0": 4.4, "1:1:1": 2.8, "1:2:0": 2.8, "1:2:1": 2 }], // 1.5, −0.75; −1, 0.5; 0.5, −0.25
  update: [X, ["0.5", "−0.25", "1"], ["−0.5"], ["0.125"], { "1:0:0": thin, "1:0:1": 3.6, "1:1:0": thin, "1:1:1": 2.4, "1:2:0": thin, "1:2:1": 2.4, "2:0:0": thick, "2:1:0": thin, "2:2:0": thin }], // 2, −1, −1, −4
  new_C: [X, ["0.25", "0.75", "1"], ["0.625"], ["0.0625"], each([...W1, ...W2, "3:0:0"], plain)],
};

test("at each stop the units have the values known by then, and the edges in use their widths", () => {
  const scene = sceneByHand();
  equal(Object.keys(STOPS), scene.stops.map(({ name }) => name));
  for (const [name, [inputs, hidden, output, cost, widths]] of Object.entries(STOPS)) {
    const diagram = diagramAt(scene, name);
    equal([0, 1, 2, 3].map((column) => valuesOf(diagram, column)), [inputs, hidden, output, cost], name);
    const found = widthsOf(diagram);
    equal(Object.keys(found).sort(), Object.keys(widths).sort(), name);
    for (const [edge, width] of Object.entries(widths)) equal(Math.abs(found[edge] - width) < 0.011, true, `${name} ${edge}: ${found[edge]}`);
    equal(valuesOf(diagram, "y"), ["1"], "y is given");
  }
});

test("forward, backward and update have each their line style; a movement and arrow heads go with the flow", () => {
  const scene = sceneByHand();
  const at = (name) => {
    const diagram = diagramAt(scene, name);
    const [edge] = all(diagram, "[data-edge]");
    return [edge.getAttribute("class"), all(diagram, ".pulse").length, all(diagram, ".picture .arrow").length, diagram.element.querySelector(".kinds .current").textContent];
  };
  equal(at("H"), ["edge forward", 1, 2, "forward"]);
  equal(at("dC_dZ"), ["edge backward", 0, 2, "backward"]);
  equal(at("dC_dW1"), ["edge backward", 0, 0, "backward"], "a gradient flows nowhere");
  equal(at("update"), ["edge update", 0, 0, "update"]);
  equal(at("new_C"), ["edge forward", 3, 4, "forward"]);
  const xs = (name) => all(diagramAt(scene, name), "[data-edge]").map((edge) => [edge.getPointAtLength(0).x, edge.getPointAtLength(1e6).x]);
  equal(xs("H").every(([start, end]) => start < end), true);
  equal(xs("dC_dZ").every(([start, end]) => start > end), true);
});

test("the symbols above are those of the values", () => {
  const scene = sceneByHand();
  equal(heads(diagramAt(scene, "H")), ["X", "H", "O", "C"], "O and C are still to come");
  equal(heads(diagramAt(scene, "dC_dZ")), ["X", "∂C/∂Z", "∂C/∂O", "C"]);
  equal(heads(diagramAt(scene, "new_C")), ["X", "Z′", "ŷ′", "new C"]);
  equal(all(diagramAt(scene, "update"), ".matrix").map(({ textContent }) => textContent), ["ΔW⁽¹⁾", "ΔW⁽²⁾"]);
});

test("another sample has its own values, also beside all samples; only the gradient is then that over all", () => {
  const scene = sceneByHand();
  for (const every of [false, true]) {
    const diagram = diagramAt(scene, "dC_dW1", { sample: 1, all: every });
    equal([1, 2, 3].map((column) => valuesOf(diagram, column)), [["1.5", "2.25", "1"], ["1.5"], ["0.625"]]);
    equal([diagram.notes.textContent, words(diagram)].map((text) => /values of sample 2/.test(text)), [true, true]);
  }
  const every = diagramAt(scene, "dC_dW1", { all: true });
  equal([widthsOf(every)["1:2:1"], widthsOf(every)["1:0:0"]], [6, 3.6], "dW1");
  equal(every.notes.textContent.includes("∂C/∂W⁽¹⁾, all samples"), true);
});

test("a small number has the style of the tables, with fewer digits where there is little room", () => {
  const scene = sceneByHand();
  scene.X.values.set([-0.0035341, 0.00025554, 1]);
  for (const width of [250, 560]) {
    const diagram = diagramAt(scene, "X", { width });
    const [decimal, power] = valuesOf(diagram, 0);
    equal([/^−0\.00(4|35|353|3534)$/.test(decimal), /^(3|2\.6|2\.56)·10⁻⁴$/.test(power)], [true, true], [decimal, power]);
    for (const unit of all(diagram, ".unit")) equal(unit.querySelector(".value").getBBox().width <= unit.querySelector("rect").getBBox().width, true, unit.textContent);
  }
});

test("the chosen weight's number is the old one, and from the update on also the new one unless it is asked", () => {
  const scene = sceneByHand();
  const weight = (name, options) => diagramAt(scene, name, options).notes.firstChild.textContent;
  equal(weight("dC_dW1"), "w a → h2: 2");
  equal(weight("update"), "w a → h2: 2 → 4");
  equal(weight("update", { hidden: true }), "w a → h2: 2");
  equal(weight("new_C", { hidden: true }), "w a → h2: 2 → 4");
});

test("the widths say whose size they are", () => {
  const scene = randomScene([2, 3, 3, 1]);
  const width = (name) => diagramAt(scene, name).notes.lastChild.textContent;
  equal(["dC_dyhat", "dC_dZ2", "dC_dZ1", "update", "H1"].map(width), ["width: size of ∂C/∂ŷ", "width: size of δ = ∂C/∂O", "width: size of δ = ∂C/∂H⁽²⁾", "width: size of ΔW", ""]);
});

test("a click at an edge chooses its weight, lit or not", () => {
  const chosen = [];
  const diagram = diagramAt(sceneByHand(), "H", { pick: (weight) => chosen.push(weight) });
  const hits = all(diagram, ".hit");
  equal(hits.map(({ dataset }) => dataset.weight), [...W1, ...W2]);
  equal(hits[5].textContent, "Choose the weight bias → h2");
  for (const hit of [hits[5], hits[6], diagram.element.querySelector(".unit rect")]) hit.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  equal(chosen, [{ layer: 1, row: 2, column: 1 }, { layer: 2, row: 0, column: 0 }]);
});

test("what is asked is hidden: on the units, in the widths and in the words", () => {
  const scene = sceneByHand();
  const at = (name, options) => diagramAt(scene, name, { hidden: true, ...options });
  equal([0, 1].map((column) => valuesOf(at("H"), column)), [X, ["?", "?", "1"]]);
  equal(words(at("H")).includes("0.5"), false);
  equal(at("H").element.textContent.includes("0.5"), false, "the names' titles");
  equal(valuesOf(at("C", { all: true }), 3), ["?"]);
  for (const name of ["dC_dyhat", "dC_dW2", "update"]) equal([...new Set(Object.values(widthsOf(at(name))))], [plain], name);
  equal(widthsOf(at("dC_dZ")), { "2:0:0": thick, "2:1:0": thick }, "δ is known");
});

test("the words say the stop, the values and the chosen weight", () => {
  equal(words(diagramAt(sceneByHand(), "dC_dH")), "The network at ∂C/∂H. The error flows back, from C to every weight. The values of sample 1. X: a 3, b −2. ∂C/∂H: h1 0.5, h2 −0.25. ∂C/∂O: out −0.5. C: share 0.125. Chosen weight: a → h2");
});

test("where the run diverges there is no new C", () => {
  const { new_C, ...scene } = { ...sceneByHand(), new_cost: null };
  for (const every of [false, true]) {
    const diagram = diagramAt(scene, "new_C", { all: every });
    equal([valuesOf(diagram, 3), words(diagram).includes("new C: share unknown")], [[""], true]);
  }
});

test("the chosen weight is marked at every stop, lit or not", () => {
  const scene = sceneByHand();
  for (const { name } of scene.stops) {
    const diagram = diagramAt(scene, name);
    const halo = diagram.element.querySelector(".halo");
    const [here, { x, y }] = [diagram.element.querySelector(".mark circle"), halo.getPointAtLength(halo.getTotalLength() / 2)];
    equal(Math.hypot(here.getAttribute("cx") - x, here.getAttribute("cy") - y) < 2, true, name);
    const lit = diagram.element.querySelector("[data-edge='1:0:1'], .chosen");
    equal(halo.nextSibling === lit && lit.getAttribute("d") === halo.getAttribute("d"), true, name);
  }
});

test("the same again leaves the picture, and its movement, alone", () => {
  const scene = sceneByHand();
  const diagram = diagramAt(scene, "H");
  const before = diagram.element.querySelector("[role=img]");
  diagram.draw({ ...scene }, { ...scene.stops[1] }, { sample: 0, hidden: false, all: false });
  equal(diagram.element.querySelector("[role=img]") === before, true);
  diagram.draw(scene, scene.stops[1], { sample: 1, hidden: false, all: false });
  equal(diagram.element.querySelector("[role=img]") === before, false);
});

test("of many units eight are drawn, the path's, the weight's and the output's among them", () => {
  const scene = randomScene([64, 20, 20, 12], { weight: { layer: 1, row: 40, column: 0 }, path: [0, 19, 3] });
  const diagram = diagramAt(scene, "X");
  const units = (column) => all(diagram, `[data-unit^="${column}:"]`).map(({ dataset }) => dataset.unit.split(":")[1]);
  equal([0, 1, 2, 3].map((column) => units(column).length), [9, 9, 9, 8], "with a bias but for the outputs");
  equal([units(0).includes("40"), units(1).includes("0"), units(2).includes("19")], [true, true, true]);
  equal(["3", "11"].every((unit) => units(3).includes(unit)), true, "the path's, and the chosen one");
  const more = all(diagram, ".name").map(({ textContent }) => textContent).filter((text) => text.startsWith("+"));
  equal(more, ["+ 56 more", "+ 12 more", "+ 12 more", "+ 4 more"]);
});

test("a softmax's outputs are joined, and lit where the softmax is at work", () => {
  const scene = randomScene([3, 3, 3], { output: "softmax" });
  const bracket = (name) => diagramAt(scene, name).element.querySelector(".bracket").classList.contains("target");
  equal(["O", "y_hat", "dC_dyhat", "dC_dO"].map(bracket), [false, true, false, true]);
  equal(diagramAt(sceneByHand(), "y_hat").element.querySelector(".bracket"), null);
});

const long = (letter, i) => `an exceedingly long name of a feature, number ${letter}${i + 1}`;
const NETWORKS = [
  [[2, 3, 1], {}], [[4, 4, 3, 5, 3], { output: "softmax" }], [[64, 16, 10], { name: long }], [[1, 1, 1], { bias: false }],
  [[4, 5, 4, 3, 6, 4, 3, 3], { output: "softmax", name: long }], [[9, 9, 9, 9, 9, 9, 9, 10], { bias: false }],
];

test("whatever the network and the width, everything stands within the picture, and nothing on another", () => {
  for (const [sizes, options] of NETWORKS) {
    for (const width of [300, 350, 420, 560]) {
      const diagram = diagramAt(randomScene(sizes, options), "dC_dW1", { width });
      const svg = diagram.element.querySelector("[role=img]");
      const [across, high] = [Number(svg.getAttribute("width")), Number(svg.getAttribute("height"))];
      const boxes = all(diagram, ".unit rect").map((rect) => rect.getBBox());
      const hint = `${sizes} in ${width} px`;
      equal(boxes.every(({ x, y, width: wide, height: tall }) => x >= 0 && y >= 0 && x + wide <= across && y + tall <= high), true, hint);
      const clash = boxes.findIndex((one, i) => boxes.slice(i + 1).some((other) => one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height + 12 && other.y < one.y + one.height + 12));
      equal(clash, -1, `${hint}: no room for the names`);
      equal(high <= 420, true, `${hint}: ${high} px high`);
      if (sizes.length < 6 && width >= 350) equal(across <= width, true, `${hint}: ${across} px wide`);
    }
  }
});
