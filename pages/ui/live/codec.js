// Messages of the server, decoded.

const TYPES = { u1: Uint8Array, f4: Float32Array, f8: Float64Array };

/**
 * Return a message's header (see codec.py), with `arrays` by name: { rows, columns, values }.
 * Throws an Error if they do not fill the message.
 */
export function decode(bytes) {
  const data = bytes.slice().buffer; // a copy: views of 8 bytes need an aligned start
  const length = new DataView(data).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  const arrays = {};
  for (const [name, type, rows, columns] of header.arrays) {
    const size = rows * columns * TYPES[type].BYTES_PER_ELEMENT;
    const end = at + Math.ceil(size / 8) * 8;
    if (end > data.byteLength) throw new Error(`it has ${data.byteLength} bytes where ${end} or more are announced`);
    arrays[name] = { rows, columns, values: new TYPES[type](data, at, rows * columns) };
    at = end;
  }
  if (at !== data.byteLength) throw new Error(`it has ${data.byteLength} bytes where ${at} are announced`);
  return { ...header, arrays };
}
