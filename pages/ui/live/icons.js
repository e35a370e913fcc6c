// Icons of the buttons that move along a film or a track.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  play: "M5 3l10 6-10 6z",
  pause: "M4 3h4v12H4zM10 3h4v12h-4z",
  back: "M9.6 4.4L5 9l4.6 4.6L11 12.2 7.8 9 11 5.8zM13 4h2v10h-2z",
  next: "M8.4 4.4L13 9l-4.6 4.6L7 12.2 10.2 9 7 5.8zM3 4h2v10H3z",
  first: "M15 3L6 9l9 6zM3 3h2v12H3z",
  last: "M3 3l9 6-9 6zM13 3h2v12h-2z",
};

/** Return an icon, in the colour of the text. */
export function icon(name) {
  const [element, path] = ["svg", "path"].map((tag) => document.createElementNS(SVG, tag));
  element.setAttribute("viewBox", "0 0 18 18");
  element.setAttribute("aria-hidden", "true");
  path.setAttribute("fill", "currentColor");
  path.setAttribute("d", PATHS[name]);
  element.append(path);
  return element;
}
