// Planes of two features over which the surface and the units' maps are drawn: the twin of pages/ui/train/feature_plane.py.
import { classOf } from "../network_pass.js";
import { evenlySpaced } from "./thinning.js";

/** The planes of a run's features: what all have in common comes from Python, `run.stage.plane`; undefined with fewer than two features. */
export class FeaturePlanes {
  #run; #parts;
  #latest = undefined;

  constructor(run) {
    this.#run = run;
    this.#parts = run.stage.plane ?? undefined;
  }

  /** Return the plane { scene, slice(weights) } of two features and an output, clipped to those that there are. */
  at(wanted) {
    if (!this.#parts) return undefined;
    const plane = this.#clip(wanted);
    const name = [plane.x, plane.y, plane.output].join();
    if (this.#latest?.scene.name !== name) this.#latest = { scene: this.#scene(name, plane), slice: (weights) => this.#slice(plane, weights) };
    return this.#latest;
  }

  #clip({ x, y, output }) {
    const { axes, scene } = this.#parts;
    const last = axes.length - 1;
    const [right, up] = [Math.min(x, last), Math.min(y, last)];
    const least = scene.task === "multiclass" ? -1 : 0;
    return { x: right, y: right !== up ? up : right ? right - 1 : 1, output: Math.min(Math.max(output, least), scene.outputs - 1) };
  }

  #scene(name, { x, y, output }) {
    const { axes, ranges, scene } = this.#parts;
    return { ...scene, name, x: axes[x], y: axes[y], held: this.#meansText(x, y), output, range: ranges[Math.max(output, 0)], ...this.#points(x, y, output) };
  }

  /** Return at which means the other features are fixed. */
  #meansText(x, y) {
    const { mean_texts: texts, most_means: most } = this.#parts;
    const others = texts.filter((_, feature) => feature !== x && feature !== y);
    const more = others.length > most ? [`${others.length - most} more`] : [];
    return others.length ? `Fixed at the mean: ${[...others.slice(0, most), ...more].join(", ")}.` : "";
  }

  /** Return samples as x, y and target (the class if there are several), by set: at most so many of all, evenly spread. */
  #points(x, y, output) {
    const { X, X_val, y: targets, y_val: validation } = this.#run;
    const sets = { points: [X, targets], ...(X_val && { validation: [X_val, validation] }) };
    const all = Object.values(sets).reduce((sum, [{ rows }]) => sum + rows, 0);
    const every = Math.max(1, all / this.#parts.most_points);
    const target = (of, i) => (this.#parts.scene.task === "multiclass" ? classOf(of, i) : of.values[i * of.columns + Math.max(output, 0)]);
    return Object.fromEntries(Object.entries(sets).map(([name, [{ rows, columns, values }, of]]) =>
      [name, evenlySpaced(rows, Math.max(1, Math.floor(rows / every))).map((i) => [values[i * columns + x], values[i * columns + y], target(of, i)])]));
  }

  /** Return both features' rows of W1, the sum of the rest, and all later matrices: H = x · W1[x] + y · W1[y] + offset. */
  #slice({ x, y }, [W1, ...later]) {
    const { network: { shapes: [[, m]], bias } } = this.#run;
    const { means } = this.#parts;
    const slice = new Float64Array(3 * m + later.reduce((sum, { length }) => sum + length, 0));
    slice.set(W1.subarray(x * m, (x + 1) * m));
    slice.set(W1.subarray(y * m, (y + 1) * m), m);
    const offset = slice.subarray(2 * m, 3 * m);
    means.forEach((mean, feature) => {
      if (feature !== x && feature !== y) for (let l = 0; l < m; l++) offset[l] += mean * W1[feature * m + l];
    });
    if (bias.input) for (let l = 0; l < m; l++) offset[l] += W1[means.length * m + l];
    let at = 3 * m;
    for (const matrix of later) {
      slice.set(matrix, at);
      at += matrix.length;
    }
    return slice;
  }
}
