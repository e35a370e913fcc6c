// Colours of Streamlit's theme, the diverging scale symmetric about 0. Its twin in Python: pages/ui/style/colours.py.

const POWER = 0.75; // of a number in its colour, as in pages/ui/style/colours.py
const STEPS = 255; // odd, so that 0 has a step of its own
const LEGIBLE = 4.5; // contrast of text

/** Return the colours of the page's theme, and the element's size of type. */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const diverging = value("chart-diverging-colors").split(",").map(rgb);
  return {
    key: [value("background-color"), value("text-color"), style.fontSize].join(),
    size: parseFloat(style.fontSize), // px
    text: value("text-color"),
    background: value("background-color"),
    faint: value("border-color"),
    font: value("font"),
    series: value("chart-categorical-colors").split(",").map((colour) => colour.trim()),
    scale: Array.from({ length: STEPS }, (_, i) => blend(diverging, i / (STEPS - 1))),
  };
}

/** Return the colour of a value: [r, g, b]; outside ±limit, the ends of the scale; of NaN the middle. */
export function colourOf(scale, value, limit) {
  const share = Math.min(1, Math.max(-1, limit > 0 ? value / limit : 0)) || 0;
  return scale[Math.round(((share + 1) / 2) * (STEPS - 1))];
}

/**
 * Return how far a number of any size is from the middle of the scale (0) to an end (±1): ±½ at ±midpoint.
 * A larger magnitude is never nearer to the middle.
 */
export function shareOf(value, midpoint) {
  return Math.sign(value) * (1 - 1 / (1 + (Math.abs(value) / midpoint) ** POWER));
}

/** Return black or white, whichever has the larger contrast to the colour (WCAG 2). */
export function textColourOn(colour) {
  const light = luminance(colour) + 0.05;
  return light / 0.05 > 1.05 / light ? "#000" : "#fff";
}

/** Return a colour as text, as far towards the theme's text as it needs to be read on the background (WCAG 2). */
export function inkOf(colour, { text, background }) {
  const [from, ends] = [luminance(rgb(background)), [colour, text].map(rgb)];
  const steps = Array.from({ length: STEPS }, (_, i) => blend(ends, i / (STEPS - 1)));
  return `rgb(${steps.find((ink) => contrast(luminance(ink), from) >= LEGIBLE) ?? ends[1]})`;
}

const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

function luminance(colour) {
  const [r, g, b] = colour.map((part) => (part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Return the largest magnitude among values, of which NaN counts as 0. */
export function largest(values) {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return most;
}

/** Return the smallest of 1, 2, 5 · 10^k that is not below the value. */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => Number(`${step}e${power}`)).find((step) => step >= value * (1 - 1e-12));
}

/** Return a colour #rrggbb as [r, g, b]. */
export function rgb(colour) {
  const hex = colour.trim().replace("#", "");
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/** Return the colour at a share of the way along some colours. */
export function blend(stops, share) {
  const place = share * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(place));
  return stops[i].map((from, c) => Math.round(from + (stops[i + 1][c] - from) * (place - i)));
}
