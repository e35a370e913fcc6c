import { UnitMaps } from "/pages/ui/live/draw/unit_maps.js";
import { canvas, close, equal, test, theme } from "../harness.js";
import { HIDDEN, pixel, plane, reference, weights } from "./network.js";

const namesOf = (units) => units.map((count, n) => Array.from({ length: count }, (_, l) => `h${n + 1}.${l + 1}`));

/** Return maps of so many units in each hidden layer. */
function maps(units, width, changes = {}) {
  const drawing = canvas();
  const over = plane({ units, ...changes });
  const view = new UnitMaps(drawing, over, namesOf(units));
  const slice = weights(over, 21);
  view.layout(width, theme);
  view.draw(slice, theme);
  return { view, drawing, slice, over };
}

/** Return the names of the units found below a pointer that goes everywhere. */
function unitsAt(view, drawing) {
  const seen = new Set();
  for (let y = 0; y < drawing.height; y += 4) for (let x = 0; x < drawing.width; x += 4) seen.add(view.at(x, y)?.name);
  seen.delete(undefined);
  return [...seen].sort();
}

for (const [units, width] of [[1, 300], [3, 1400], [3, 150], [36, 380], [36, 1400], [50, 700]]) {
  test(`${units} units on ${width} px: each has its map, at most 36`, () => {
    const { view, drawing } = maps([units], width);
    equal(unitsAt(view, drawing), namesOf([Math.min(units, 36)]).flat().sort());
    equal(parseFloat(drawing.style.width) <= width, true);
  });
}

test("at tells the unit's Z and raw features", () => {
  for (const hidden of HIDDEN) for (const units of [[5], [4, 2, 3]]) {
    const { view, drawing, slice, over } = maps(units, 300, { activations: { hidden, output: "sigmoid" } });
    for (let y = 0; y < drawing.height; y += 13) for (let x = 0; x < drawing.width; x += 17) {
      const there = view.at(x, y);
      if (!there) continue;
      const [scaledX, scaledY] = [(there.x - 20) / 10, (there.y + 5) / 5];
      close(there.z, reference(slice, scaledX, scaledY, over).Z[there.layer - 1][there.unit], 1e-9);
    }
  }
});

test("a unit's map is the colour of Z: of a sigmoid around one half, of ReLU from 0 up", () => {
  const scales = { sigmoid: [0.5, 0.5], tanh: [0, 1], relu: [0, 2], identity: [0, 2] }; // middle and limit
  for (const [hidden, [middle, limit]] of Object.entries(scales)) {
    const drawing = canvas();
    const view = new UnitMaps(drawing, plane({ units: [1], activations: { hidden, output: "sigmoid" } }), [["h1"]]);
    view.layout(200, theme);
    view.draw(Float32Array.of(2, 0, 0, 1, 0), theme); // H = 2x from −2 to 2
    const xs = Array.from({ length: 200 }, (_, x) => x + 0.5).filter((x) => view.at(x, 60));
    for (const x of xs) {
      const grey = 127 * (1 + (view.at(x, 60).z - middle) / limit);
      close(pixel(drawing, Math.floor(x), 60)[0], grey, 3);
    }
  }
});

for (const [units, width] of [[[3, 2], 300], [[4, 3, 5], 380], [[20, 20, 20], 700], [[9, 9, 9, 9, 9, 9], 900]]) {
  test(`${units} units in ${units.length} layers on ${width} px: each layer has its share of 36 maps`, () => {
    const { view, drawing } = maps(units, width);
    const most = Math.floor(36 / units.length);
    equal(unitsAt(view, drawing), namesOf(units).flatMap((names) => names.slice(0, most)).sort());
    equal(parseFloat(drawing.style.width) <= width, true);
  });
}

test("several layers fit a height that is given", () => {
  const { view, drawing } = maps([4, 3, 5], 600);
  view.layout(600, theme, 400);
  equal(parseFloat(drawing.style.height) <= 400 && parseFloat(drawing.style.height) > 300, true, drawing.style.height);
});

/** Return the texts written on a canvas while `draw(canvas)` runs. */
function textsOf(draw) {
  const drawing = canvas();
  const [pen, texts] = [drawing.getContext("2d"), []];
  pen.fillText = (text) => texts.push(text);
  draw(drawing);
  return texts;
}

test("each of several layers has a heading with how many of its units are drawn; a single one has none", () => {
  const texts = (units) => textsOf((drawing) => new UnitMaps(drawing, plane({ units }), namesOf(units)).layout(700, theme));
  const several = texts([20, 3]);
  equal(["Hidden layer 1", "18 of 20 units", "Hidden layer 2", "h2.3"].every((text) => several.includes(text)), true, String(several));
  equal(texts([40]).filter((text) => /Hidden|more/.test(text)), ["+ 4 more"]);
});

test("at their least height maps are at least 48 px wide, and their names have space beside one another", () => {
  for (const units of [[4, 4, 4, 4, 4, 4], [64, 32], [4, 3, 5]]) for (const width of [200, 430]) {
    const drawing = canvas();
    const over = plane({ units });
    const long = namesOf(units).map((names) => names.map((name) => `unit ${name}`));
    const view = new UnitMaps(drawing, over, long);
    const [pen, written] = [drawing.getContext("2d"), []];
    pen.fillText = (text, left, top) => text.startsWith("unit") && written.push({ left, top, right: left + pen.measureText(text).width });
    view.layout(width, theme, view.least(width, theme));
    written.forEach(({ top, right }, i) => {
      const next = written[i + 1];
      equal(next?.top !== top || next.left >= right, true, `${units} on ${width} px`);
    });
    view.draw(weights(over, 21), theme);
    const { top, left } = written[0];
    const below = Array.from({ length: width }, (_, x) => view.at(x, top + theme.size * 2)?.unit);
    equal(below.filter((unit) => unit === 0).length >= 48, true, `${units} on ${width} px from ${left}`);
  }
});
