import { Paths } from "/pages/ui/live/chain_rule/paths.js";
import { close, equal, random, test } from "../harness.js";

/** Return a message of a network of these sizes; `of` makes its numbers from random ones. */
function sceneOf(sizes, seed, of = (value) => value) {
  const next = random(seed);
  const array = (rows, columns) => ({ rows, columns, values: Float64Array.from({ length: rows * columns }, () => of(next())) });
  const last = sizes.length - 1;
  const deep = last > 2;
  const scene = { names: {}, bias: { input: true, hidden: true }, dC_dO: array(1, sizes[last]) };
  for (let layer = 1; layer <= last; layer++) {
    const [rows, columns] = [sizes[layer - 1] + 1, sizes[layer]];
    scene.names[`W${layer}`] = { rows: Array(rows).fill(""), columns: Array(columns).fill("") };
    scene[`W${layer}`] = array(rows, columns);
    scene[layer === last ? `dO_dW${layer}` : `dH${deep ? layer : ""}_dW${layer}`] = array(1, rows);
    if (layer < last) scene[deep ? `dZ${layer}_dH${layer}` : "dZ_dH"] = array(1, columns);
  }
  return scene;
}

/** Return every path of a weight, one after another. */
function everyPath(scene, sizes, { layer, row, column }) {
  const last = sizes.length - 1;
  const deep = last > 2;
  const input = scene[layer === last ? `dO_dW${layer}` : `dH${deep ? layer : ""}_dW${layer}`].values[row];
  const walk = (at, unit) => {
    if (at === last) return [{ units: [unit], product: scene.dC_dO.values[unit] }];
    const slope = scene[deep ? `dZ${at}_dH${at}` : "dZ_dH"].values[unit];
    const { columns, values } = scene[`W${at + 1}`];
    return Array.from({ length: columns }, (_, to) => walk(at + 1, to).map(({ units, product }) =>
      ({ units: [unit, ...units], product: product * values[unit * columns + to] * slope }))).flat();
  };
  return walk(layer, column).map((path) => ({ ...path, product: path.product * input }));
}

const sizes = [[2, 3, 1], [2, 3, 3], [2, 4, 3, 2], [3, 4, 3, 5, 3], [2, 3, 2, 3, 2, 3, 2, 2]];
const numbers = { random: (value) => value, "with zeros": (value) => (value < 0 ? 0 : value), "with ties": (value) => Math.round(2 * value) / 2 };
const magnitude = ({ product }) => Math.abs(product);

for (const [kind, of] of Object.entries(numbers)) {
  test(`the largest paths are those of brute force, ${kind}`, () => {
    for (const [seed, size] of sizes.entries()) {
      for (let layer = 1; layer < size.length; layer++) {
        const scene = sceneOf(size, seed + layer, of);
        const weight = { layer, row: size[layer - 1], column: size[layer] - 1 };
        const [every, paths] = [everyPath(scene, size, weight), new Paths(scene)];
        equal(paths.count(weight), every.length);
        for (const output of [undefined, 0]) {
          if (layer === size.length - 1 && output !== undefined && weight.column !== output) continue;
          const to = every.filter(({ units }) => units.at(-1) === (output ?? units.at(-1)));
          const found = paths.largest(weight, 10, output);
          equal(found.map(magnitude), to.map(magnitude).sort((a, b) => b - a).slice(0, 10), `${size}, W${layer}`);
          const product = new Map(every.map((path) => [String(path.units), path.product]));
          equal(found.map(({ units }) => product.get(String(units))), found.map((path) => path.product));
          equal(new Set(found.map(({ units }) => String(units))).size, found.length, "no path twice");
        }
      }
    }
  });
}

test("the products through the outputs are the sums over all their paths", () => {
  for (const [seed, size] of sizes.entries()) {
    for (let layer = 1; layer < size.length; layer++) {
      const scene = sceneOf(size, seed);
      const weight = { layer, row: 0, column: 0 };
      const every = everyPath(scene, size, weight);
      for (const measure of [(value) => value, Math.abs]) {
        const sums = Array.from(scene.dC_dO.values, (_, o) => every.filter(({ units }) => units.at(-1) === o).reduce((sum, { product }) => sum + measure(product), 0));
        close(new Paths(scene).products(weight, measure), sums, 1e-15);
      }
    }
  }
});

test("the sums over the later layers are added up once for all weights", () => {
  const size = [3, 4, 3, 5, 3];
  const [scene, same] = [sceneOf(size, 2), sceneOf(size, 2)];
  const paths = new Paths(scene);
  for (const measure of [undefined, Math.abs]) paths.products({ layer: 1, row: 0, column: 0 }, measure);
  for (const name of ["W2", "W3", "W4"]) scene[name].values.fill(NaN);
  for (const weight of [{ layer: 1, row: 1, column: 3 }, { layer: 3, row: 3, column: 4 }]) {
    for (const measure of [undefined, Math.abs]) equal(paths.products(weight, measure), new Paths(same).products(weight, measure));
  }
});

test("of more paths than anybody could list the largest are found at once", () => {
  const size = [4, 256, 256, 256, 256, 256, 256, 10];
  const paths = new Paths(sceneOf(size, 1));
  const weight = { layer: 1, row: 0, column: 0 };
  equal(paths.count(weight), 256 ** 5 * 10);
  const found = paths.largest(weight, 10);
  equal(found.length, 10);
  equal(found.map(magnitude), found.map(magnitude).sort((a, b) => b - a));
});

/** Return a message of one case of the table that core reads, too. */
function sceneOfCase({ weights, dC_dO, slopes, inputs }) {
  const array = (rows) => ({ rows: rows.length, columns: rows[0].length, values: Float64Array.from(rows.flat()) });
  const last = weights.length;
  const scene = { names: {}, bias: { input: true, hidden: true }, dC_dO: array([dC_dO]) };
  weights.forEach((rows, i) => {
    const layer = i + 1;
    scene.names[`W${layer}`] = { rows: rows.map(String), columns: rows[0].map(String) };
    scene[`W${layer}`] = array(rows);
    scene[layer === last ? `dO_dW${layer}` : `dH${layer}_dW${layer}`] = array([inputs[i]]);
    if (layer < last) scene[`dZ${layer}_dH${layer}`] = array([slopes[i]]);
  });
  return scene;
}

for (const { name, asked, ...numbers } of (await (await fetch("/tests/data/paths.json")).json()).cases) {
  test(`the paths and their order are those of core: ${name}`, () => {
    const paths = new Paths(sceneOfCase(numbers));
    for (const { weight, most, output, paths: stated } of asked) {
      const found = paths.largest(weight, most, output ?? undefined);
      equal(found.map(({ units }) => units), stated.map(({ units }) => units));
      close(found.map(({ product }) => product), stated.map(({ product }) => product), 1e-12);
    }
  });
}

test("a product that is no number counts as 0", () => {
  const scene = sceneOf([1, 1, 3, 1], 1, () => 1);
  scene.W2.values.set([NaN, 0, 2]);
  equal(new Paths(scene).largest({ layer: 1, row: 0, column: 0 }, 3).map(({ units }) => units[1]), [2, 0, 1]);
});
