import { Landscape, unpackLandscape } from "/pages/ui/live/runs/landscape.js";
import { LandscapeMap, scaleOfLosses } from "/pages/ui/live/runs/landscape_map.js";
import { OTHER_LOSS } from "/pages/ui/live/runs/landscape_view.js";
import { canvas, close, encode, equal, fakeTime, test, theme } from "../harness.js";

const time = fakeTime();
const axis = (name, low, high) => ({ name, detail: "50.0 % of the variance", low, high });
const scene = { axes: [axis("first principal component", -1, 3), axis("second principal component", 0, 2)], share: 0.9876, digits: 4 };
const arrays = {
  epochs: Float64Array.of(0, 10, 20), across: Float64Array.of(-0.5, 1, 2.5), up: Float64Array.of(0.5, 1.5, 1),
  losses: Float64Array.of(NaN, 0.2, 0.1), plane_losses: Float64Array.of(0.5, 0.25, 0.125), distances: Float64Array.of(0.01, 0, 0.03),
  surface: { rows: 3, values: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) },
};
const header = { token: "a", lineage: "run", sequence: 0, frame: 1, job: null, cancelled: false };
const message = (fields = {}) => encode({ ...header, scene, ...fields }, arrays);

/** Open a landscape in an otherwise blank page; `sent` has its requests. */
function open(...messages) {
  const sent = [];
  const source = { away: false, send: (request) => sent.push(request), open() {}, close() {}, atRest() {}, openedRun() {}, shown() {}, rested() {} };
  const styles = { "text-color": "#222222", "background-color": "#ffffff", "chart-diverging-colors": "#67001f,#f7f7f7,#053061", "chart-categorical-colors": "#000000,#111111" };
  for (const [name, value] of Object.entries(styles)) document.documentElement.style.setProperty(`--st-${name}`, value);
  const view = new Landscape(source);
  const host = document.createElement("div");
  document.body.replaceChildren(host);
  view.open(host.attachShadow({ mode: "open" }));
  for (const bytes of messages) view.receive(bytes);
  return { view, sent, find: (selector) => view.element.querySelector(selector), data: view.element.dataset };
}

test("a picture opens at its frame, whole and at its end", () => {
  const answer = unpackLandscape(message());
  equal([answer.epoch, answer.trained, answer.ended, answer.scene.points], [10, 20, "done", 3]);
  equal(answer.film.at(19), { epoch: 20, index: 2, whole: true });
});

test("the readout has both losses, and the plane's share", () => {
  const { find, data } = open(message());
  equal([data.state, data.film, data.epoch], ["done", "paused", "10"]);
  equal(find(".readout").textContent, "Epoch 10 of 20C true: 0.2C on the plane: 0.25Distance from the plane: 0The plane holds 98.8 % of the path’s variance");
});

test("a step is another frame, and the server hears of it", () => {
  const { view, sent, find, data } = open(message());
  view.element.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
  equal(data.epoch, "0");
  equal(find(".readout").textContent.includes(`C true: ${OTHER_LOSS}`), true);
  time.advance(300);
  const { frame, has, rest } = sent.at(-1);
  equal([frame, has, rest], [0, "a", true]);
  view.close();
});

test("it plays from the start to the end", () => {
  const { view, find, data } = open(message({ frame: 2 }));
  find("[aria-label=Play]").click();
  equal([data.film, data.epoch], ["playing", "0"]);
  time.advance(5000);
  equal([data.film, data.epoch], ["paused", "20"]);
  view.close();
});

test("the former picture stays while another one is computed, and it asks for more until it is there", () => {
  const { view, sent, find, data } = open(message());
  const job = { token: "j", title: "C on the plane, rows", at: 3, of: 51 };
  view.receive(encode({ ...header, job }));
  equal([data.state, data.epoch, find("progress").value, sent.length], ["running", "10", 3, 1]);
  equal(find(".work span").textContent, "C on the plane, rows: 3 of 51");
  view.receive(encode({ ...header, sequence: 1, job: { ...job, at: 4 } }));
  equal([sent.length, sent.at(-1).cancel], [2, ""]);
  find(".work button").click();
  equal([sent.at(-1).cancel, find(".work button").disabled], ["j", true]);
  view.receive(encode({ ...header, sequence: sent.at(-1).sequence, job: null, cancelled: true }));
  equal([data.state, data.epoch, find(".work").hidden], ["cancelled", "10", true]);
  view.receive(message({ token: "b", sequence: sent.at(-1).sequence, frame: 0 }));
  equal([data.state, data.epoch], ["done", "0"]);
  view.close();
});

test("before the first picture there is the progress, which can be cancelled", () => {
  const training = { token: "j", title: "Training, epochs", at: 3, of: 51 };
  const { view, sent, find, data } = open(encode({ token: "j", sequence: 0, training }));
  equal([data.state, data.epoch, find(".player").hidden, sent.length], ["running", "", true, 1]);
  find(".work button").click();
  equal([sent.at(-1).cancel, sent.at(-1).frame], ["j", null]);
  view.receive(message({ sequence: sent.at(-1).sequence }));
  equal([data.state, find(".player").hidden], ["done", false]);
  view.close();
});

test("the canvas says in words what it shows", () => {
  const { view, find } = open(message());
  time.advance(1000);
  equal(find("canvas").ariaLabel, "C over the plane of first principal component and second principal component: from 1 to 9. "
    + "The path leads from C = 0.5 at epoch 0 to C = 0.125 at epoch 20. Epoch 10: C true 0.2, C on the plane 0.25, distance from the plane 0.");
  view.close();
});

test("colours are logarithmic where C spans much and is never 0", () => {
  const log = scaleOfLosses([0.01, 1, 0.1]);
  equal([log.low, log.high, log.log], [0.01, 1, true]);
  close([log.share(0.01), log.share(0.1), log.share(1), log.share(Infinity)], [0, 0.5, 1, 1]);
  for (const C of [[0, 1], [0.5, 1]]) equal(scaleOfLosses(C).log, false);
  close(scaleOfLosses([1, 3]).share(2), 0.5);
  equal(scaleOfLosses([2, 2]).share(2), 0);
  const [low, high] = [scaleOfLosses([1, Infinity, NaN]), scaleOfLosses([NaN])].map(({ high }) => high);
  equal([low, high], [1, 1]);
});

test("the pointer finds an epoch of the path, or C at a point of the grid", () => {
  const { scene } = unpackLandscape(message());
  const map = new LandscapeMap(canvas(), scene);
  map.layout(400, theme);
  const pixels = new Set();
  const corners = {};
  for (let x = 0; x < 400; x += 2) {
    for (let y = 0; y < 400; y += 2) {
      const [epoch, point] = [map.epochAt(x, y), map.pointAt(x, y)];
      if (epoch !== undefined) pixels.add(epoch);
      if (point) corners[point.C] = point.place;
    }
  }
  equal([...pixels].sort(), [0, 1, 2]);
  equal([corners[1], corners[3], corners[5], corners[7]], [[-1, 2], [3, 2], [1, 1], [-1, 0]]);
  equal([map.pointAt(0, 0), map.epochAt(0, 0)], [undefined, undefined]);
});
