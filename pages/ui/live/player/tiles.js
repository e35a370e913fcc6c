// Drawings in rows that fill an element, each as large as fits.

const GAP = 24; // px
const SHAPE = 1.2; // width by height of the best place for a drawing
const LEAST = { width: 18, height: 13, upright: 18 }; // times the size of type: below it they are scrolled to
const UPRIGHT = 0.75; // of a tile's width, its height at least, up to `upright`
const HALVINGS = 7; // to fit a drawing whose titles take some of its place
const FIRST = 2; // panels that are never in a row alone: a drawing and the loss

/**
 * Fit panels into an element that wraps them. Each has an element, and layout(width, height) of its
 * picture; what others in its row leave goes to those that are `flexible`. No picture is lower than its
 * least(width), if it has one; one that `wraps` has a row alone below the others if a tile is too low.
 */
export function fillTiles({ clientWidth, clientHeight }, panels, { size }) {
  const tiles = rowsOf(panels.length, clientWidth, clientHeight, size).flatMap(({ count, ...tile }) => Array(count).fill(tile));
  const alone = panels.filter(({ wraps, least }, i) => wraps && i >= FIRST && least(tiles[i].width) > tiles[i].height);
  for (const panel of alone) fit(panel, clientWidth, clientHeight / (alone.length + 1));
  const rest = alone.reduce((free, { element }) => free - element.offsetHeight - GAP, clientHeight);
  const others = panels.filter((panel) => !alone.includes(panel));
  let next = 0;
  for (const { count, height } of rowsOf(others.length, clientWidth, rest, size)) {
    fillRow(others.slice(next, (next += count)), clientWidth, height, LEAST.width * size);
  }
}

function fillRow(panels, width, height, least) {
  const [flexible, rigid] = [true, false].map((kind) => panels.filter((panel) => Boolean(panel.flexible) === kind));
  const whole = width - GAP * (panels.length - 1) - panels.length; // a pixel each, for rounding
  const share = Math.max(whole / panels.length, (whole - least * flexible.length) / rigid.length);
  for (const panel of rigid) fit(panel, Math.floor(share), height);
  const used = rigid.reduce((sum, { element }) => sum + element.offsetWidth, 0);
  for (const panel of flexible) fit(panel, Math.floor((whole - used) / flexible.length), height);
}

/** Return the rows, whose tiles are of the best shape: how many tiles, and their width and height in px. */
export function rowsOf(count, width, height, size) {
  const choices = Array.from({ length: count }, (_, i) => inRows(count, i + 1, width, height, size));
  const cost = (rows) => rows.reduce((sum, row) => sum + row.count * costOf(row, size), 0);
  return choices.reduce((best, rows) => (cost(rows) < cost(best) ? rows : best));
}

const costOf = ({ width, height }, size) => Math.abs(Math.log(width / height / SHAPE)) + (width < LEAST.width * size ? 1 : 0);

function inRows(count, rows, width, height, size) {
  return Array.from({ length: rows }, (_, row) => {
    const here = Math.floor(((row + 1) * count) / rows) - Math.floor((row * count) / rows);
    const wide = Math.max(1, Math.floor((width - (here - 1) * GAP) / here));
    const least = Math.max(LEAST.height * size, Math.min(UPRIGHT * wide, LEAST.upright * size));
    return { count: here, width: wide, height: Math.floor(Math.max(least, (height - (rows - 1) * GAP) / rows)) };
  });
}

/** Set a panel's width, and lay its picture out as high as the whole is no higher than `height`, or at its least. */
function fit({ element, layout, flexible, least = () => 1 }, width, height) {
  element.style.width = flexible ? `${width}px` : "fit-content";
  element.style.maxWidth = `${width}px`;
  const fits = (free) => {
    layout(width, free);
    return element.offsetHeight <= height;
  };
  const lowest = least(width);
  let [low, high] = [lowest, Math.max(lowest, height)];
  if (fits(high)) return;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  fits(low);
}
