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

const greys = Array.from({ length: 255 }, (_, i) => [i, i, i]);

/** A theme without a page, with a scale from black to white. */
export const theme = {
  text: "#111111", background: "#ffffff", faint: "#cccccc", font: "sans-serif",
  series: ["#ff0000", "#00ff00", "#0000ff"], scale: greys,
};

export const canvas = () => document.createElement("canvas");

/** Return a message to the stage as the server encodes it: its header, then numbers. */
export function message(header, ...parts) {
  const text = JSON.stringify({ losses: { count: 0, block: 1, curves: 0 }, whole: [], layers: [], frames: 0, previous: null, ...header });
  const encoder = new TextEncoder();
  const length = encoder.encode(text).length; // more than characters, beyond ASCII
  const bytes = encoder.encode(text + " ".repeat((8 - ((4 + length) % 8)) % 8));
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const all = new Uint8Array(4 + bytes.length + size);
  new DataView(all.buffer).setUint32(0, bytes.length, true);
  all.set(bytes, 4);
  let at = 4 + bytes.length;
  for (const part of parts) {
    all.set(new Uint8Array(part.buffer), at);
    at += part.byteLength;
  }
  return all;
}
