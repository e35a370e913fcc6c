import { make } from "/pages/ui/live/dom.js";
import { mount } from "/pages/ui/live/streamlit/mount.js";
import { equal, test } from "../harness.js";

const later = (ms) => new Promise((done) => setTimeout(done, ms));

class View {
  log = [];
  button = make("button", {}, "press");
  element = make("section", { tabindex: 0 }, this.button);

  open(place) {
    this.log.push("open");
    place.append(this.element);
  }

  close() {
    this.log.push("close");
    this.element.remove();
  }
}

/** Return a component's views and a function that calls it in a place of the page. */
function component() {
  let view;
  const call = mount(() => (view = new View()), (kept) => kept.log.push("receive"));
  const place = () => document.body.appendChild(make("div"));
  return { place, call: (parentElement) => call({ parentElement }), get view() { return view; } };
}

await test("the view stays while its place does, whatever Streamlit cleans up", async () => {
  const c = component();
  const place = c.place();
  const first = c.call(place);
  c.view.button.focus();
  const second = c.call(place);
  first();
  second();
  await later(300);
  equal(c.view.log, ["open", "receive", "receive"]);
  equal(document.activeElement === c.view.button, true);
  place.remove();
});

await test("it closes with its place", () => {
  const c = component();
  const place = c.place();
  const cleanUp = c.call(place);
  place.remove();
  cleanUp();
  equal(c.view.log, ["open", "receive", "close"]);
});

await test("it closes, once, with a place that is gone a little after the cleanup", async () => {
  const c = component();
  const place = c.place();
  const [first, second] = [c.call(place), c.call(place)];
  first();
  second();
  place.remove();
  await later(300);
  equal(c.view.log, ["open", "receive", "receive", "close"]);
});

await test("in a new place the same view goes on, with the focus", () => {
  const c = component();
  const [before, after] = [c.place(), c.place()];
  const cleanUp = c.call(before);
  const kept = c.view;
  kept.element.focus();
  before.remove();
  c.call(after);
  equal([c.view === kept, document.activeElement === kept.element], [true, true]);
  cleanUp(); // of the place that it has left
  equal(kept.log, ["open", "receive", "close", "open", "receive"]);
});

await test("a focus that went elsewhere is left there", () => {
  const c = component();
  const [before, after] = [c.place(), c.place()];
  const other = document.body.appendChild(make("input"));
  c.call(before);
  c.view.button.focus();
  other.focus();
  before.remove();
  c.call(after);
  equal(document.activeElement === other, true);
});

await test("a focus given up before is not given back", async () => {
  const c = component();
  const [before, after] = [c.place(), c.place()];
  c.call(before);
  c.view.button.focus();
  c.view.button.blur();
  await later(0);
  before.remove();
  c.call(after);
  equal(document.activeElement === document.body, true);
});
