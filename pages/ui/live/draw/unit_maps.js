// Images of the hidden units over the plane of two features.
import { maxWidth, resize, setType, write } from "./canvas.js";
import { largest, roundUp } from "./colours.js";
import { evaluateUnits, gridOver, pointAt, pointsPerSide } from "./forward_pass.js";
import { drawScale } from "./legend.js";
import { PixelImage } from "./pixel_image.js";
import { drawGrid, scaleOf } from "./surface.js";

const LINE = 1.35; // times the size of type, from one line to the next
const GAP = 8;
const POINTS = 24; // per side at most
const MAPS = 36; // hidden units drawn at most, shared equally by the layers
const MAP = { least: 64, most: 8.6, low: 48 }; // px, times the size of type, and px where the height is given: a map's side
const KEY = 14; // times the size of type, the width of the legend

/** The hidden units of each layer over the same plane, one small image each. */
export class UnitMaps {
  #plane; #names; #box; #slice;
  #drawn; // of each layer: the number of units drawn
  #evaluated; // of each layer: those, or all that a later layer is fed by
  #maps; // of each layer: of each unit drawn its left and top
  #grids = {}; // by their number of points per side

  /** `names`: of the units of each hidden layer. */
  constructor(canvas, plane, names) {
    this.canvas = canvas;
    this.#plane = plane;
    this.#names = names;
    this.#drawn = plane.units.map((count) => Math.min(count, Math.floor(MAPS / plane.units.length)));
    this.#evaluated = [...plane.units.slice(0, -1), this.#drawn.at(-1)];
  }

  /** Set the drawing's width in px, and at most its height; draw the units' names, and of several layers a heading where there is space. */
  layout(width, theme, height) {
    const line = LINE * theme.size;
    const heading = this.#plane.units.length > 1 && height === undefined ? line : 0;
    const { columns, side } = this.#tiling(width, height, line, MAP.most * theme.size);
    const keyTop = this.#place(columns, side, line, heading);
    const used = Math.min(width, Math.max(KEY * theme.size, columns * (side + GAP) - GAP));
    this.#box = { side, width: used, keyTop, line };
    const pen = resize(this.canvas, used, keyTop + line);
    setType(pen, theme);
    this.#maps.forEach((maps, n) => maps.forEach(({ left, top }, l) => write(pen, "left", this.#names[n][l], left, top - line / 2)));
    if (heading) this.#headings(pen, line);
    else write(pen, "right", this.#omitted(), used, keyTop + line / 2);
  }

  /** Return the least height in px for a width at which maps are large enough, also for their names. */
  least(width, theme) {
    const pen = this.canvas.getContext("2d");
    setType(pen, theme);
    const side = Math.min(width, Math.max(MAP.low, maxWidth(pen, this.#names.flatMap((names, n) => names.slice(0, this.#drawn[n])))));
    const columns = Math.min(Math.max(...this.#drawn), Math.floor((width + GAP) / (side + GAP)));
    const line = LINE * theme.size;
    return this.#rowsIn(columns) * (Math.ceil(side) + line + GAP) + line;
  }

  /** Return the number of rows of maps in so many columns. */
  #rowsIn(columns) { return this.#drawn.reduce((sum, count) => sum + Math.ceil(count / columns), 0); }

  /** Return columns and side of the maps: small ones, or the largest that fit a height. */
  #tiling(width, height, line, most) {
    const widest = Math.max(...this.#drawn);
    if (height === undefined) {
      const columns = Math.min(widest, Math.floor((width + GAP) / (MAP.least + GAP)));
      return { columns, side: Math.min(most, Math.floor((width - GAP * (columns - 1)) / columns)) };
    }
    const tilings = Array.from({ length: widest }, (_, i) => {
      const columns = i + 1;
      const across = (width - GAP * i) / columns;
      return { columns, side: Math.floor(Math.min(across, (height - line) / this.#rowsIn(columns) - line - GAP)) };
    });
    const { columns, side } = tilings.reduce((best, tiling) => (tiling.side > best.side ? tiling : best));
    return { columns, side: Math.max(1, side) };
  }

  /** Place the maps layer by layer, each below a heading of that height; return where they end. */
  #place(columns, side, line, heading) {
    let top = 0;
    this.#maps = this.#drawn.map((count) => {
      top += heading;
      const maps = Array.from({ length: count }, (_, l) =>
        ({ left: (l % columns) * (side + GAP), top: top + Math.floor(l / columns) * (line + side + GAP) + line }));
      top += Math.ceil(count / columns) * (line + side + GAP);
      return maps;
    });
    return top;
  }

  #headings(pen, line) {
    const type = pen.font;
    this.#maps.forEach(([{ top }], n) => {
      pen.font = `600 ${type}`;
      const [heading, y] = [`Hidden layer ${n + 1}`, top - 1.5 * line];
      write(pen, "left", heading, 0, y);
      const indent = pen.measureText(`${heading} `).width;
      pen.font = type;
      const [drawn, all] = [this.#drawn[n], this.#plane.units[n]];
      if (drawn < all) write(pen, "left", `${drawn} of ${all} units`, indent, y);
    });
  }

  /** Return how many units are not drawn. */
  #omitted() {
    const more = this.#drawn.reduce((sum, drawn, n) => sum + this.#plane.units[n] - drawn, 0);
    return more > 0 ? `+ ${more} more` : "";
  }

  /** Draw the units of a slice; `still`: see `Surface`. */
  draw(slice, theme, still = false) {
    this.#slice = slice;
    const grid = this.#gridOf(pointsPerSide({ units: this.#evaluated, outputs: 0 }, POINTS, still));
    evaluateUnits(slice, grid, this.#plane);
    const shown = grid.Z.map((Z, n) => Z.subarray(0, this.#drawn[n] * grid.points));
    const { middle, limit } = this.#scaleOf(shown);
    const pen = this.canvas.getContext("2d");
    this.#maps.forEach((maps, n) => {
      grid.images[n].paint(shown[n], theme.scale, limit, middle);
      maps.forEach(({ left, top }, l) => drawGrid(pen, grid.images[n], left, top, this.#box.side, l));
    });
    this.#legend(pen, middle, limit, theme);
  }

  #gridOf(n) {
    return (this.#grids[n] ??= { ...gridOver(this.#plane, n, this.#evaluated, 0), images: this.#drawn.map((count) => new PixelImage(n, n * count)) });
  }

  /** Return the unit below the pointer by its layer (from 1), its number and name, the features there and its Z. */
  at(x, y) {
    if (!this.#slice) return undefined;
    const { side } = this.#box;
    for (const [n, maps] of this.#maps.entries()) {
      const unit = maps.findIndex(({ left, top }) => x >= left && x <= left + side && y >= top && y <= top + side);
      if (unit < 0) continue;
      const { left, top } = maps[unit];
      const point = pointAt(this.#plane, (x - left) / side, (y - top) / side);
      evaluateUnits(this.#slice, point, this.#plane);
      return { layer: n + 1, unit, name: this.#names[n][unit], z: point.Z[n][unit], ...point.features };
    }
    return undefined;
  }

  /** Return the middle of the colours and how far they reach: the activation's bounds, or what there is. */
  #scaleOf(shown) {
    const { bounds } = this.#plane;
    if (!bounds.includes(null)) return scaleOf(bounds);
    return { middle: 0, limit: roundUp(Math.max(...shown.map(largest))) };
  }

  #legend(pen, middle, limit, theme) {
    const half = this.#plane.bounds[0] === middle; // nothing lies below the middle
    const low = half ? middle : middle - limit;
    const scale = half ? theme.scale.slice(theme.scale.length >> 1) : theme.scale;
    pen.clearRect(0, this.#box.keyTop, this.#box.width / 2, this.#box.line);
    drawScale(pen, 0, this.#box.keyTop + this.#box.line / 2, { low, high: middle + limit, scale }, theme);
  }
}
