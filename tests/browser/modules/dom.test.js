import { make, staying } from "/pages/shared/live/dom.js";
import { equal, test } from "./harness.js";

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

/** A component's function, its view, and a way to call it in a place of the page. */
function component() {
  let view;
  const call = staying(() => (view = new View()), (kept) => kept.log.push("receive"));
  const place = () => document.body.appendChild(make("div"));
  return { place, call: (parentElement) => call({ parentElement }), get view() { return view; } };
}

await test("a call opens the view once, and the cleanup of the newest closes it", () => {
  const c = component();
  const place = c.place();
  const first = c.call(place);
  const second = c.call(place);
  first();
  equal(c.view.log, ["open", "receive", "receive"]);
  second();
  equal(c.view.log.at(-1), "close");
  place.remove();
});

await test("closed though its place stays, it comes back with the focus", async () => {
  const c = component();
  const close = c.call(c.place());
  c.view.button.focus();
  close();
  equal([document.activeElement === document.body, c.view.element.isConnected], [true, false]);
  await later(300);
  equal(document.activeElement === c.view.button, true);
});

await test("closed with its place it stays closed", async () => {
  const c = component();
  const place = c.place();
  const close = c.call(place);
  place.remove();
  close();
  await later(300);
  equal(c.view.element.isConnected, false);
});

await test("in a new place the same view goes on, with the focus", () => {
  const c = component();
  const [before, after] = [c.place(), c.place()];
  c.call(before);
  const kept = c.view;
  kept.element.focus();
  before.remove();
  c.call(after);
  equal([c.view === kept, document.activeElement === kept.element], [true, true]);
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
