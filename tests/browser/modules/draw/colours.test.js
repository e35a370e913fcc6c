import { colourOf, inkOf, readTheme, roundUp, shareOf, textColourOn } from "/pages/ui/live/draw/colours.js";
import { close, equal, random, test, theme } from "../harness.js";

const { scale } = theme;

test("the scale is symmetric about 0", () => {
  const next = random(1);
  for (let i = 0; i < 500; i++) {
    const value = 3 * next();
    const [[up], [down]] = [colourOf(scale, value, 2), colourOf(scale, -value, 2)];
    equal(up + down, 254, String(value));
  }
});

test("0 has the colour in the middle, the limits those at the ends, and so has what lies beyond", () => {
  equal([0, 2, -2, 5, -Infinity].map((value) => colourOf(scale, value, 2)[0]), [127, 254, 0, 254, 0]);
  equal(colourOf(scale, 0, 0), [127, 127, 127], "without a limit");
  equal(colourOf(scale, NaN, 2), [127, 127, 127], "no number");
});

test("the smallest of 1, 2, 5 · 10^k that is not below", () => {
  for (const [value, rounded] of [[1, 1], [1.01, 2], [2, 2], [2.1, 5], [5, 5], [7, 10], [10, 10], [0.03, 0.05], [1234, 2000], [2.0000000000000004, 2]]) {
    equal(roundUp(value), rounded, String(value));
  }
  equal([0, -1, NaN].map(roundUp), [1, 1, 1], "nothing to round");
});

test("rounding up bears what floating point leaves over", () => {
  const next = random(2);
  for (let i = 0; i < 500; i++) {
    const value = 10 ** (8 * next());
    const rounded = roundUp(value);
    if (!(rounded >= value * (1 - 1e-9) && rounded < 2.5 * value * (1 + 1e-9))) throw new Error(`${value} → ${rounded}`);
    close(roundUp(rounded) / rounded, 1, 1e-12);
  }
});

test("ink that is read on black and on white", () => {
  equal([textColourOn([0, 0, 0]), textColourOn([255, 255, 255])], ["#fff", "#000"]);
});

/** Return the relative luminance as WCAG 2 defines it. */
function luminance(colour) {
  const linear = colour.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => sum + share * linear[i], 0);
}

const contrast = (one, other) => {
  const [low, high] = [one, other].map((colour) => luminance(colour) + 0.05).sort((a, b) => a - b);
  return high / low;
};

/** Return the scale of a theme of the app. */
async function scaleOf(name) {
  const config = await (await fetch("/.streamlit/config.toml")).text();
  const [, colours] = config.split(`[theme.${name}]`)[1].match(/chartDivergingColors = \[(.*)\]/);
  const element = document.createElement("div");
  element.style.setProperty("--st-chart-diverging-colors", colours.replaceAll('"', ""));
  document.body.append(element);
  return readTheme(element).scale;
}

const INKS = { "#000": [0, 0, 0], "#fff": [255, 255, 255] };

/** Return whether a colour is paler than another: nearer to the background, and less colourful. */
function isPaler(colour, other, background) {
  const chroma = (parts) => Math.max(...parts) - Math.min(...parts);
  return contrast(colour, background) < contrast(other, background) && chroma(colour) < chroma(other);
}

for (const [name, background] of [["light", [255, 255, 255]], ["dark", [14, 17, 23]]]) {
  const ours = await scaleOf(name);
  await test(`letters in cells can be read on all colours of the ${name} theme`, () => {
    equal(ours.length, 255);
    const weak = ours.filter((colour) => contrast(colour, INKS[textColourOn(colour)]) < 4.5);
    equal(weak, []);
  });

  await test(`a larger number is never paler, in the ${name} theme`, () => {
    for (const sign of [-1, 1]) {
      const colours = Array.from({ length: 1000 }, (_, i) => colourOf(ours, shareOf(sign * 10 ** (-5 + i / 100), 1), 1));
      equal(colours.filter((colour, i) => i && isPaler(colour, colours[i - 1], background)), []);
      equal(isPaler(colours[0], colours[500], background), true, "a colour that is paler is found");
    }
  });

  await test(`small numbers and large ones have colours of their own in the ${name} theme`, () => {
    for (const list of [[0, 0.01, 0.1, 1], [1, 2, 5, 50]]) {
      const colours = list.map((value) => colourOf(ours, shareOf(value, 1), 1));
      const near = colours.slice(1).map((colour, i) => Math.hypot(...colour.map((part, c) => part - colours[i][c]))).filter((distance) => distance < 7);
      equal(near, []);
    }
  });
}

test("a colour as ink is read on the background of either theme, and changes only where it has to", async () => {
  const config = await (await fetch("/.streamlit/config.toml")).text();
  const parts = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  for (const name of ["light", "dark"]) {
    const part = config.split(`[theme.${name}]`)[1];
    const [text, background] = ["textColor", "backgroundColor"].map((key) => part.match(`\\b${key} = "(.*?)"`)[1]);
    for (const colour of JSON.parse(part.match(/chartCategoricalColors = (\[.*\])/)[1])) {
      const ink = inkOf(colour, { text, background }).match(/\d+/g).map(Number);
      equal(contrast(ink, parts(background)) >= 4.5, true, `${colour} on ${background}`);
      equal(String(ink) === String(parts(colour)), contrast(parts(colour), parts(background)) >= 4.5, colour);
    }
  }
});

test("the share of a number grows from 0 to ±1, and is ±½ at the midpoint", () => {
  close([0, 2, -2, Infinity, -Infinity].map((value) => shareOf(value, 2)), [0, 0.5, -0.5, 1, -1]);
  const next = random(3);
  for (let i = 0; i < 500; i++) {
    const [a, b] = [10 ** (9 * next()), 10 ** (9 * next())].sort((x, y) => x - y);
    equal(shareOf(a, 1) <= shareOf(b, 1) && shareOf(-a, 1) >= shareOf(-b, 1), true, `${a}, ${b}`);
  }
});

test("the theme is the page's", () => {
  const element = document.createElement("div");
  const colours = { "background-color": "#101010", "text-color": "#eeeeee", "border-color": "#444444", font: "serif",
    "chart-diverging-colors": "#000000, #0a0a0a,#ffffff", "chart-categorical-colors": "#111111, #222222" };
  for (const [name, value] of Object.entries(colours)) element.style.setProperty(`--st-${name}`, value);
  document.body.append(element);
  const { scale: read, series, text, background, faint, font, key } = readTheme(element);
  equal([series, text, background, faint, font], [["#111111", "#222222"], "#eeeeee", "#101010", "#444444", "serif"]);
  equal([read.length, read[0], read[127], read[254]], [255, [0, 0, 0], [10, 10, 10], [255, 255, 255]]);
  element.style.setProperty("--st-text-color", "#dddddd");
  equal(readTheme(element).key === key, false, "another theme has another key");
});
