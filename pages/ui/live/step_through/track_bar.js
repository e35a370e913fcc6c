// The stops as chips in a row, and the controls above them.
import { make, select, switchButton } from "../dom.js";
import { icon } from "../icons.js";
import { whole } from "../draw/numbers.js";
import { PACES } from "./track.js";

const HELP = {
  Play: "Go from stop to stop (space)", Pause: "Stay at this stop (space)", Back: "The stop before (←)", Next: "The next stop (→)",
  First: "To X, the first stop (Home)", Last: "To the new C, the last stop (End)",
};
const VIEWS = { "One sample": "The arrays of the chosen sample", "All samples": "The arrays of all samples, a row for each" };
const ENDS = { // why there is no next epoch: beside the place, and in full
  done: ["the last one", "The run has reached its length: it can be made longer on the Train page"],
  stopped: ["stopped early", "Early stopping has ended the run"],
  page: ["the last one", "This page has no later epoch"],
  diverged: ["the run has diverged", "The run has ended: a number is no longer finite"],
};
const KEYS = "Keys: to the stop before, to the next one, and play or pause";
const NEXT_EPOCH = "From the new weights on: train one epoch and start again at X";

/** The row of controls and the row of stops; `act` has a function for each: showAll, ask, next, close. */
export class TrackBar {
  #names = ""; // of the stops that have chips

  constructor(track, act) {
    this.track = track;
    this.act = act;
    this.play = this.#button("Play", () => track.toggle());
    this.back = this.#button("Back", () => track.step(-1));
    this.next = this.#button("Next", () => track.step(1));
    const buttons = [this.#button("First", () => track.go(0)), this.back, this.play, this.next, this.#button("Last", () => track.go(Infinity))];
    this.pace = select({ "aria-label": "Pace", title: "How long a stop is on display while it plays", onchange: () => track.setPace(Number(this.pace.value)) },
      Object.entries(PACES).map(([name, ms]) => [ms, name]));
    this.pace.value = track.pace;
    this.views = Object.entries(VIEWS).map(([name, title], i) => switchButton(title, () => act.showAll(i === 1), name));
    this.ask = switchButton("Each number is asked before it is shown", () => act.ask(), "Ask me first");
    this.epoch = make("button", { type: "button", class: "epoch", onclick: () => this.#isEnd || act.next() }, "Next epoch");
    this.close = make("button", { type: "button", class: "close", title: "Close this section", "aria-label": "Close", onclick: act.close }, "✕");
    this.place = make("span", { class: "place" });
    this.controls = make("div", { class: "controls" },
      make("div", { class: "buttons", role: "group", "aria-label": "Stops" }, ...buttons), this.pace,
      make("div", { class: "choices", role: "group", "aria-label": "Samples in the arrays" }, ...this.views),
      this.ask, make("div", { class: "ends" }, make("span", { class: "keys", title: KEYS }, "← → space"), this.place, this.epoch, this.close));
    this.chips = make("nav", { class: "chips", "aria-label": "Stops of the training step" });
  }

  get #isEnd() { return this.epoch.getAttribute("aria-disabled") === "true"; }

  /** Show where the track is in a scene; `all`: all samples are displayed; `asks`: numbers are asked first. */
  draw(scene, { all, asks }) {
    this.#build(scene);
    const { track } = this;
    const name = track.playing ? "Pause" : "Play";
    if (this.play.getAttribute("aria-label") !== name) this.#dress(this.play, name);
    this.views.forEach((button, i) => button.setAttribute("aria-pressed", all === (i === 1)));
    this.ask.setAttribute("aria-pressed", asks);
    const [reason, why] = endOf(scene);
    this.place.textContent = `Epoch ${whole(scene.epoch)}${reason && `, ${reason}`} · stop ${track.index + 1} of ${track.names.length}`;
    this.place.title = why;
    this.#drawEnd(why, scene.next);
    this.#mark();
  }

  /** Offer the next epoch, above all at the last stop, unless the run has ended. */
  #drawEnd(why, next = NEXT_EPOCH) {
    this.epoch.setAttribute("aria-disabled", Boolean(why)); // it keeps the focus
    this.epoch.title = why || next;
    this.epoch.classList.toggle("primary", this.track.isLast && !why);
  }

  #mark() {
    const { chips, track } = this;
    const buttons = [...chips.querySelectorAll("button")];
    const had = buttons.includes(chips.getRootNode().activeElement);
    buttons.forEach((chip, i) => {
      if (i === track.index) chip.setAttribute("aria-current", "step");
      else chip.removeAttribute("aria-current");
      chip.tabIndex = i === track.index ? 0 : -1;
    });
    const current = buttons[track.index];
    if (had) current.focus({ preventScroll: true });
    const [frame, box] = [chips, current].map((part) => part.getBoundingClientRect());
    const off = box.left + box.width / 2 - (frame.left + frame.width / 2);
    chips.scrollLeft += off; // the row, never the page
  }

  #build({ stops, forms }) {
    const labels = stops.map(({ name }) => forms.stops[name].label);
    if (this.#names === labels.join()) return;
    this.#names = labels.join();
    const groups = { forward: [], backward: [], update: [] };
    stops.forEach((stop, i) => groups[groupOf(stops, i)].push(make("button", {
      type: "button", class: "chip", title: forms.stops[stop.name].title, onclick: () => this.track.go(i),
    }, labels[i])));
    const there = Object.entries(groups).filter(([, chips]) => chips.length); // a page may lack the update
    this.chips.replaceChildren(...there.map(([name, chips]) =>
      make("div", { class: `group ${name}`, role: "group", "aria-label": name }, make("small", { "aria-hidden": "true" }, name), make("div", {}, ...chips))));
  }

  #button(name, onclick) { return this.#dress(make("button", { type: "button", class: name === "Play" ? "primary" : "", onclick }), name); }

  #dress(button, name) {
    button.setAttribute("aria-label", name);
    button.title = HELP[name];
    button.replaceChildren(icon(name.toLowerCase()));
    return button;
  }
}

/** Return why there is no next epoch, in brief and in full; both are "" if there is one. */
function endOf({ ends, finite }) {
  if (!finite) return ENDS.diverged;
  return ends ? (ENDS[ends] ?? ENDS.done) : ["", ""];
}

/** Return which part of the step a stop belongs to. */
function groupOf(stops, index) {
  if (stops[index].backward) return "backward";
  return stops.slice(0, index).some(({ backward }) => backward) ? "update" : "forward";
}
