import { decode } from "/pages/ui/live/codec.js";
import { encode, equal, test } from "./harness.js";

const errorOf = (bytes) => {
  try {
    decode(bytes);
  } catch (error) {
    return error.message;
  }
  return "";
};

test("a message is taken apart as it is announced", () => {
  const bytes = encode({ name: "Größe" }, { losses: Float64Array.of(1, NaN), W1: { rows: 3, values: Float32Array.of(1, 2, 3, 4, 5, 6) }, none: new Float64Array() });
  equal(decode(bytes), {
    name: "Größe",
    arrays: {
      losses: { rows: 1, columns: 2, values: [1, NaN] },
      W1: { rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6] },
      none: { rows: 1, columns: 0, values: [] },
    },
  });
  equal(decode(bytes).arrays.W1.values instanceof Float32Array, true);
});

test("an odd number of float32 does not move what follows", () => {
  const { arrays } = decode(encode({}, { W1: Float32Array.of(1, 2, 3), C: Float64Array.of(0.1) }));
  equal([arrays.W1.values, arrays.C.values], [[1, 2, 3], [0.1]]);
});

test("a message that is not at the start of its buffer is decoded too", () => {
  const bytes = encode({ a: 1 }, { C: Float64Array.of(0.5) });
  const all = new Uint8Array(bytes.length + 3);
  all.set(bytes, 3);
  equal(decode(all.subarray(3)).arrays.C.values, [0.5]);
});

test("a message too long or too short is refused in words", () => {
  const bytes = encode({}, { C: Float64Array.of(1, 2) });
  const size = bytes.length;
  equal(errorOf(bytes.slice(0, size - 8)), `it has ${size - 8} bytes where ${size} or more are announced`);
  const long = new Uint8Array(size + 8);
  long.set(bytes);
  equal(errorOf(long), `it has ${size + 8} bytes where ${size} are announced`);
});
