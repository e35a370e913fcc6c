// What a frame of the film carries, by the names of pages/ui/train/frame_views.py.

/** Return the arrays of a place of the film that the open views need; `content`: { views, plane, sample }. */
export function frameLayers(run, place, { views }) {
  const layers = {};
  run.weightsAt(place).forEach((matrix, n) => (layers[`W${n + 1}`] = matrix));
  return layers;
}
