import { blend, readTheme, rgb, textColourOn } from "/pages/ui/live/draw/colours.js";
import { lossColour, lossColours, lossGradient } from "/pages/ui/live/draw/loss_scale.js";
import { equal, test } from "../harness.js";

// As in .streamlit/config.toml.
const THEMES = {
  light: { text: "#171614", background: "#ffffff", diverging: "#7f3b08, #b35806, #e08214, #fdb863, #fee8cf, #dcebf7, #92c5de, #4393c3, #2166ac, #053061", categorical: "#2166ac, #c8640a" },
  dark: { text: "#edebe8", background: "#171614", diverging: "#ffd9a3, #fdb863, #e08214, #a65608, #4d2c0c, #10304d, #1f5c99, #3f8fce, #7fc0ec, #c9e6fb", categorical: "#62aee6, #fdb863" },
};

function themeOf({ text, background, diverging, categorical }) {
  const element = document.createElement("div");
  element.style.cssText = `--st-text-color: ${text}; --st-background-color: ${background}; --st-chart-diverging-colors: ${diverging}; --st-chart-categorical-colors: ${categorical}`;
  document.body.append(element);
  return readTheme(element);
}

const blueness = ([r, , b]) => b - r;
const luminance = (colour) => colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)).reduce((sum, part, i) => sum + [0.2126, 0.7152, 0.0722][i] * part, 0);
const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

for (const [name, given] of Object.entries(THEMES)) {
  test(`the lower C, the bluer and the further from the page's background: ${name}`, () => {
    const theme = themeOf(given);
    const colours = lossColours(theme);
    const away = (colour) => contrast(luminance(colour), luminance(rgb(theme.background)));
    const shares = [0, 0.25, 0.5, 0.75, 1].map((share) => lossColour(colours, share));
    shares.slice(1).forEach((colour, i) => {
      equal(blueness(colour) < blueness(shares[i]), true, `blueness at ${i}`);
      equal(away(colour) < away(shares[i]), true, `distance at ${i}`);
    });
    equal([away(shares[0]) > 4.5, away(shares[4]) < 1.5], [true, true]);
    equal(colours.every((colour) => contrast(luminance(colour), textColourOn(colour) === "#000" ? 0 : 1) >= 4.5), true);
  });
}

test("what is outside of the scale has the colour of its end", () => {
  const colours = lossColours(themeOf(THEMES.light));
  equal([-1, 0, 1, Infinity].map((share) => lossColour(colours, share)), [[33, 102, 172], [33, 102, 172], blend([[255, 255, 255], rgb("#171614")], 0.09), lossColour(colours, 1)]);
  equal(lossGradient(colours).startsWith(`linear-gradient(90deg, rgb(${lossColour(colours, 1)})`), true);
});
