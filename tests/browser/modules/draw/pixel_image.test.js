import { PixelImage } from "/pages/ui/live/draw/pixel_image.js";
import { canvas, equal, test, theme } from "../harness.js";

/** Return the pixels of an image, row by row: [r, g, b, opacity]. */
function pixels({ canvas }) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: data.length / 4 }, (_, i) => [...data.slice(4 * i, 4 * i + 4)]);
}

test("a value is as far along the scale as it is from the middle; beyond the limit is the end", () => {
  const image = new PixelImage(2, 2);
  image.paint([1, 2, 3, 9], theme.scale, 2, 1);
  equal(pixels(image), [127, 191, 254, 254].map((grey) => [grey, grey, grey, 255]));
});

test("colours may be set one by one, from a list of many, and on a given canvas", () => {
  const drawing = canvas();
  const image = new PixelImage(2, 1, drawing);
  image.set(1, [9, 9, 9, 9, 1, 2, 3], 4);
  image.finish();
  equal([image.canvas === drawing, drawing.width, drawing.height], [true, 2, 1]);
  equal(pixels(image), [[255, 255, 255, 255], [1, 2, 3, 255]]);
});
