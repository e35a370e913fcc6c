import { PACES, Track } from "/pages/ui/live/step_through/track.js";
import { equal, fakeTime, test } from "../harness.js";

const time = fakeTime();
const NAMES = ["X", "H", "Z", "C"];

function trackOf(names = NAMES) {
  time.clear();
  const track = new Track(() => track.shown.push(track.name));
  track.shown = [];
  track.set(names, names[0]);
  return track;
}

test("it steps within its stops", () => {
  const track = trackOf();
  track.step(1);
  track.step(1);
  track.step(-1);
  track.go(Infinity);
  track.step(1);
  track.go(0);
  track.step(-1);
  equal(track.shown, ["H", "Z", "H", "C", "C", "X", "X"]);
});

test("it plays at its pace up to the last stop, and from there again from the first", () => {
  const track = trackOf();
  track.play();
  time.advance(PACES.Normal - 1);
  equal([track.name, track.playing], ["X", true]);
  time.advance(1);
  equal(track.name, "H");
  time.advance(2 * PACES.Normal);
  equal([track.name, track.playing], ["C", false]);
  time.advance(10 * PACES.Normal);
  equal(track.name, "C");
  track.toggle();
  equal([track.name, track.playing], ["X", true]);
});

test("a pause keeps the stop", () => {
  const track = trackOf();
  track.play();
  time.advance(PACES.Normal + 1);
  track.toggle();
  time.advance(10 * PACES.Normal);
  equal([track.name, track.playing], ["H", false]);
});

test("a view that closes stops it without being drawn", () => {
  const track = trackOf();
  track.play();
  track.stop();
  time.advance(10 * PACES.Normal);
  equal([track.shown, track.playing], [["X"], false]);
});

test("a step while it plays shows at once, and the new stop has its full time", () => {
  const track = trackOf();
  track.play();
  time.advance(PACES.Normal - 1);
  track.step(1);
  equal(track.name, "H");
  time.advance(PACES.Normal - 1);
  equal([track.name, track.playing], ["H", true]);
  time.advance(1);
  equal(track.name, "Z");
});

test("another pace holds from the stop on display on", () => {
  const track = trackOf();
  track.setPace(PACES.Fast);
  time.advance(10 * PACES.Slow);
  equal([track.name, track.playing], ["X", false]);
  track.play();
  track.setPace(PACES.Slow);
  time.advance(PACES.Slow - 1);
  equal(track.name, "X");
  time.advance(1);
  equal(track.name, "H");
});

test("other stops end what plays at their last one, and an unknown stop is the first", () => {
  const track = trackOf();
  track.play();
  track.set(["X", "H"], "H");
  equal([track.name, track.playing], ["H", false]);
  track.set(["X", "H1", "Z1"], "H");
  equal(track.name, "X");
});
