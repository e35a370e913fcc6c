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

test("children with a key stay themselves in another order and number, with the focus and what a click does", () => {
  const picks = [];
  const keyed = (name) => make("li", { "data-key": name }, make("button", { onclick: () => picks.push(name) }, name));
  const list = document.body.appendChild(make("ol", {}, ...["a", "b", "c", "d"].map(keyed)));
  const before = Object.fromEntries([...list.children].map((child) => [child.dataset.key, child]));
  const focused = before.c.firstChild;
  focused.focus();
  for (const order of ["dcba", "cx", "xcab", "abcd", "bdac"]) {
    updateChildren(list, [...order].map(keyed));
    equal([list.textContent, document.activeElement === focused, before.c.firstChild === focused], [order, true, true], order);
  }
  focused.click();
  equal(picks, ["c"]);
  updateChildren(list, ["a"].map(keyed));
  equal([list.textContent, list.contains(focused)], ["a", false]);
});

test("children with test ids are not mistaken for one another", () => {
  const part = (id) => make("p", { "data-testid": id }, id);
  const list = make("div", {}, part("rest"), part("total"));
  const total = list.lastChild;
  updateChildren(list, [part("total")]);
  equal(list.firstChild === total, true);
});

test("what a click did is gone with it", () => {
  const picks = [];
  const list = make("div", {}, make("button", { onclick: () => picks.push(1) }, "a"));
  updateChildren(list, [make("button", {}, "a")]);
  list.firstChild.click();
  equal(picks, []);
});

test("children of another kind, and pictures, are new; more or fewer leave the others", () => {
  const list = make("div", {}, row("a", "1"));
  const [first] = list.children;
  updateChildren(list, [row("a", "1"), row("b", "2")]);
  equal([list.children.length, list.firstChild === first], [2, true]);
  const [picture, heading] = [make("canvas", {}), make("h2", {}, "a")];
  updateChildren(list, [heading, picture]);
  const other = make("canvas", {});
  updateChildren(list, [make("h2", {}, "b"), other]);
  equal([list.children.length, list.firstChild === heading, heading.textContent, list.lastChild === other], [2, true, "b", true]);
});
