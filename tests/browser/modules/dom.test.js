import { make, updateChildren } from "/pages/ui/live/dom.js";
import { equal, test } from "./harness.js";

const row = (name, value, pick = () => {}) => make("p", value ? { title: value } : {}, make("button", { onclick: pick }, name), value);

test("children of the same kind stay and take over text, attributes and what a click does", () => {
  const picks = [];
  const list = document.body.appendChild(make("div", {}, row("a", "1", () => picks.push("a")), row("b", "2")));
  const [first] = list.querySelectorAll("button");
  first.focus();
  updateChildren(list, [row("c", "3", () => picks.push("c")), row("d", "")]);
  equal([...list.children].map(({ textContent, title }) => [textContent, title]), [["c3", "3"], ["d", ""]]);
  equal(list.children[1].hasAttribute("title"), false);
  equal([list.querySelector("button") === first, document.activeElement === first], [true, true]);
  first.click();
  equal(picks, ["c"]);
});

test("children of another number or kind, and pictures, are new", () => {
  const list = make("div", {}, row("a", "1"));
  updateChildren(list, [row("a", "1"), row("b", "2")]);
  equal(list.children.length, 2);
  const [picture, heading] = [make("canvas", {}), make("h2", {}, "a")];
  updateChildren(list, [heading, picture]);
  const other = make("canvas", {});
  updateChildren(list, [make("h2", {}, "b"), other]);
  equal([list.firstChild === heading, heading.textContent, list.lastChild === other], [true, "b", true]);
});
