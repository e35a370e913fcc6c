// A test harness for one module in a page: `outcome` lists the tests that ran and the failures.
export const outcome = { ran: [], failed: [] };

/** Run a test; await it if its body is asynchronous. */
export async function test(name, body) {
  outcome.ran.push(name);
  try {
    await body();
  } catch (error) {
    outcome.failed.push(`${name}: ${error.stack}`);
  }
}

/** Throw an Error unless two structures have equal contents. */
export function equal(actual, expected, hint = "") {
  const [got, wanted] = [toText(actual), toText(expected)];
  if (got !== wanted) throw new Error(`${hint} ${got} instead of ${wanted}`);
}

/** Throw an Error unless numbers, or lists of numbers, agree within a tolerance. */
export function close(actual, expected, tolerance = 1e-9) {
  const [got, wanted] = [[actual].flat(), [expected].flat()];
  const far = got.findIndex((value, i) => !(Math.abs(value - wanted[i]) <= tolerance));
  if (far >= 0 || got.length !== wanted.length) {
    throw new Error(`${got[far]} instead of ${wanted[far]} (${far} of ${got.length}, ${wanted.length})`);
  }
}

/** Return JSON that also distinguishes −0, NaN, ±∞ and undefined. */
function toText(value) {
  const special = (_, part) => (Object.is(part, -0) ? "−0" : typeof part === "number" && !Number.isFinite(part) ? String(part)
    : part === undefined ? "undefined" : ArrayBuffer.isView(part) ? [...part] : part);
  return JSON.stringify(value, special);
}

/** Return a seeded generator of uniform random numbers between −1 and 1. */
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

const FRAME = 16; // ms

/** Replace the page's clock and timers: time passes only by `advance(ms)`, with a frame every 16 ms. */
export function fakeTime() {
  let [now, id] = [0, 0];
  const waiting = new Map();
  const wait = (run, ms = 0) => waiting.set(++id, { at: now + Math.max(0, ms), run }) && id;
  const cancel = (id) => void waiting.delete(id);
  performance.now = () => now;
  Object.assign(globalThis, {
    setTimeout: wait, clearTimeout: cancel, cancelAnimationFrame: cancel,
    requestAnimationFrame: (run) => wait(() => run(now), FRAME - (now % FRAME)),
  });
  const next = () => [...waiting].sort(([, a], [, b]) => a.at - b.at)[0];
  const advance = (ms) => {
    const end = now + ms;
    for (let first; (first = next()) && first[1].at <= end;) {
      waiting.delete(first[0]);
      now = first[1].at;
      first[1].run();
    }
    now = end;
  };
  return { advance, clear: () => waiting.clear() };
}

const greys = Array.from({ length: 255 }, (_, i) => [i, i, i]);

/** A theme without a page, with a scale from black to white. */
export const theme = { size: 14,
  text: "#111111", background: "#ffffff", faint: "#cccccc", font: "sans-serif",
  series: ["#ff0000", "#00ff00", "#0000ff"], scale: greys,
};

export const canvas = () => document.createElement("canvas");

/** Return a message as pages/ui/live/codec.py encodes it; an array of `arrays` is one row, or { rows, values }. */
export function encode(header, arrays = {}) {
  const tables = Object.entries(arrays).map(([name, table]) => (ArrayBuffer.isView(table) ? [name, 1, table] : [name, table.rows, table.values]));
  const listed = tables.map(([name, rows, values]) => [name, values instanceof Float32Array ? "f4" : "f8", rows, values.length / rows]);
  const aligned = (size) => Math.ceil(size / 8) * 8;
  let text = JSON.stringify({ ...header, arrays: listed });
  const { length } = new TextEncoder().encode(text); // more than characters, beyond ASCII
  const start = aligned(4 + length);
  text += " ".repeat(start - 4 - length);
  const bytes = new Uint8Array(tables.reduce((size, [, , values]) => size + aligned(values.byteLength), start));
  new DataView(bytes.buffer).setUint32(0, start - 4, true);
  bytes.set(new TextEncoder().encode(text), 4);
  let at = start;
  for (const [, , values] of tables) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += aligned(values.byteLength);
  }
  return bytes;
}

/** Return a message to the stage. */
export const message = (header, arrays) => encode({ losses: { count: 0, block: 1, curves: 0 }, previous: null, ...header }, arrays);
