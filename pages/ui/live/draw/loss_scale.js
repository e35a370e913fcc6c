// Colours of C, the same wherever C has one: low is a saturated blue, high a neutral near the page's background.
import { blend, rgb } from "./colours.js";

const COUNT = 255;
const NEUTRAL = 0.09; // of the theme's text in the colour of a high C
const MIDDLE = 169; // of the theme's diverging scale: its second blue, halfway in lightness in both themes

/** Return a theme's colours of C, [r, g, b] each, from the lowest to the highest. */
export function lossColours({ background, text, series, scale }) {
  const high = blend([background, text].map(rgb), NEUTRAL);
  const stops = [rgb(series[0]), scale[MIDDLE], high];
  return Array.from({ length: COUNT }, (_, i) => blend(stops, i / (COUNT - 1)));
}

/** Return the colour of a share of the scale, 0 for the lowest C to 1 for the highest; what is outside has that of the end. */
export const lossColour = (colours, share) => colours[Math.round(Math.min(1, Math.max(0, share)) * (COUNT - 1))];

/** Return the scale as a background in CSS, from the highest C on the left to the lowest. */
export const lossGradient = (colours) => `linear-gradient(90deg, ${Array.from({ length: 9 }, (_, i) => `rgb(${lossColour(colours, 1 - i / 8)})`)})`;
