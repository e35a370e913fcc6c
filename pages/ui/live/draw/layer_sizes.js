// The sizes of a frame's layers, checked against the scene.

/**
 * Return a sentence on the first layer of the wrong size, or "". `layers` are a frame's (see
 * pages/ui/train/frame_views.py); a missing one is still to come.
 */
export function sizeError(layers, scene, plane) {
  for (const [name, values] of Object.entries(layers)) {
    const sizes = sizesOf(name, scene, plane);
    if (!sizes.length) return `${name} is not part of the scene`;
    if (!sizes.includes(values.length)) return `${name} has ${values.length} numbers instead of ${sizes.join(" or ")}`;
  }
  return "";
}

/** Return the sizes that a layer may have: of all values, or of block means; [] if unknown. */
function sizesOf(name, { W1, W2, diagram: { columns } }, plane) {
  const edges = (n) => columns[n - 1].names.length * (columns[n].names.length - Number(columns[n].bias));
  switch (name) {
    case "W1": case "dW1": case "uW1": return cells(W1);
    case "W2": case "dW2": case "uW2": return cells(W2);
    case "edges1": return [edges(1)];
    case "edges2": return [edges(2)];
    case "saturation": return [2 * W1.columns.length];
    case "score": return [2]; // training, validation
    case "slice": return plane ? [3 * plane.units + (plane.units + Number(plane.biasHidden)) * plane.outputs] : [];
    default: return [];
  }
}

function cells({ rows, columns, block: [tall, wide] }) {
  const [down, across] = [rows.length, columns.length];
  return [...new Set([down * across, Math.ceil(down / tall) * Math.ceil(across / wide)])];
}
