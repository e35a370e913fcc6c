import { ScriptView } from "/pages/ui/live/step_through/script_view.js";
import { equal, test } from "../harness.js";

const LINES = ["import numpy as np  # NumPy alone", "", 'print(f"C = {C}", \'# no comment\')', ...Array.from({ length: 97 }, (_, i) => `<b>x${i}</b> = ${i} & 1`)];

/** Return a view in a page that could scroll, in a box of about ten lines. */
function viewOf(lines = LINES, ranges = []) {
  document.body.replaceChildren();
  document.body.style.height = "5000px";
  const view = new ScriptView();
  document.body.append(view.element);
  Object.assign(view.box.style, { height: "200px", overflow: "auto", lineHeight: "20px" });
  const sheet = document.createElement("style");
  sheet.textContent = "pre code { display: block; }";
  document.body.append(sheet);
  view.show(lines, ranges);
  return view;
}

const lit = (view) => [...view.box.children].flatMap((line, i) => (line.getAttribute("aria-current") === "true" ? [i + 1] : []));
const isInView = (view, line) => {
  const [box, row] = [view.box, view.box.children[line - 1]].map((part) => part.getBoundingClientRect());
  return row.top >= box.top && row.bottom <= box.bottom;
};

test("the script stands there to the letter, as text", () => {
  const view = viewOf();
  equal(view.box.textContent, `${LINES.join("\n")}\n`);
  equal(view.element.getAttribute("aria-label"), "NumPy script");
  equal(view.box.querySelector("b"), null);
});

test("comments, strings and keywords are told apart", () => {
  const view = viewOf();
  const parts = (line) => [...view.box.children[line - 1].children].map((part) => [part.className, part.textContent]);
  equal(parts(1), [["word", "import"], ["word", "as"], ["comment", "# NumPy alone"]]);
  equal(parts(3), [["word", "print"], ["text", '"C = {C}"'], ["text", "'# no comment'"]]);
});

test("the ranges are lit, and only they", () => {
  const view = viewOf(LINES, [[3, 5], [9, 9]]);
  equal(lit(view), [3, 4, 5, 9]);
  view.show(LINES, [[4, 4]]);
  equal(lit(view), [4]);
  view.show(LINES, []);
  equal(lit(view), []);
  view.show(["x = 1"], [[1, 1]]);
  equal([lit(view), view.box.textContent], [[1], "x = 1\n"], "another script");
});

test("the first line lit is scrolled into view within the box, with lines before it; the page stays", () => {
  const view = viewOf(LINES, [[60, 61], [90, 90]]);
  equal([57, 60, 61].map((line) => isInView(view, line)), [true, true, true]);
  equal(isInView(view, 90), false);
  equal(scrollY, 0);
});

/** Wait until some frames have been drawn. */
async function frames(count = 10) {
  for (let i = 0; i < count; i++) await new Promise((done) => requestAnimationFrame(done));
}

await test("whoever has scrolled the script is not taken back until other lines are lit", async () => {
  const view = viewOf(LINES, [[60, 61]]);
  await frames(); // its size is noticed
  view.box.scrollTop = 0;
  view.show([...LINES], [[60, 61]]);
  await frames();
  equal(view.box.scrollTop, 0);
  view.show(LINES, [[60, 62]]);
  await frames();
  equal(view.box.scrollTop > 0, true);
});

await test("a box that becomes visible later shows the lines lit", async () => {
  const view = viewOf();
  view.element.style.display = "none";
  view.show(LINES, [[80, 80]]);
  view.element.style.display = "block";
  await frames();
  equal(isInView(view, 80), true);
});
