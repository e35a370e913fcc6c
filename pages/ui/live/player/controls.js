// The controls of a player.
import { make } from "../dom.js";
import { isLiteral, readWithin } from "./typed_number.js";

const SPEEDS = [1, 10, 100, 1000];
const ICONS = {
  play: "M5 3l10 6-10 6z",
  pause: "M4 3h4v12H4zM10 3h4v12h-4z",
  step: "M4 3l7 6-7 6zM12 3h2v12h-2z",
  back: "M14 3L7 9l7 6zM4 3h2v12H4z",
  first: "M15 3l-6 6 6 6zM9 3L3 9l6 6zM2 3h1.5v12H2z",
  last: "M3 3l6 6-6 6zM9 3l6 6-6 6zM14.5 3H16v12h-1.5z",
  reset: "M9 3a6 6 0 1 0 6 6h-2a4 4 0 1 1-4-4v3l5-4-5-4z",
  goal: "M4 2h1.6v14H4zM5.6 3H15l-2.5 3L15 9H5.6z",
};

/** The row of controls. */
export class Controls {
  /** `goals`: whether they can restart training, and run it to a goal. */
  constructor(player, goals) {
    this.player = player;
    this.play = button("Play", "play", () => player.toggle(), "primary");
    this.slider = make("input", {
      type: "range", min: 0, max: 0, value: 0, "aria-label": "Epoch",
      title: "Drag to any trained epoch",
      oninput: () => player.seek(Number(this.slider.value)),
      onchange: () => player.rest(),
    });
    this.speed = make(
      "select",
      { "aria-label": "Speed", title: "Epochs per frame (keys + and −)", onchange: () => player.setSpeed(Number(this.speed.value)) },
      ...SPEEDS.map((speed) => make("option", { value: speed }, speed === 1 ? "1 epoch per frame" : `up to ${speed} per frame`)),
    );
    const buttons = [
      this.play,
      button("Step back", "back", () => player.step(-1)),
      button("Step", "step", () => player.step(1)),
      button("First", "first", () => player.first()),
      button("Last", "last", () => player.last()),
    ];
    this.open = button("Run to …", "goal", () => this.#openGoal(this.goal.hidden));
    this.goal = this.#goalForm();
    if (goals) buttons.push(button("Reset", "reset", () => player.reset()), this.open);
    this.element = make("div", { class: "transport" }, make("div", { class: "buttons" }, ...buttons), this.slider, this.speed, ...(goals ? [this.goal] : []));
    this.#openGoal(false);
  }

  #openGoal(open) {
    this.goal.hidden = !open;
    this.open.setAttribute("aria-expanded", open);
    if (open) this.until.focus();
  }

  /** Return the form that runs to an epoch, or until the loss is low enough. */
  #goalForm() {
    this.kind = make("select", { "aria-label": "Run until", onchange: () => this.#suggestGoal() },
      make("option", { value: "epoch" }, "to epoch"), make("option", { value: "loss" }, "until C is below"));
    // Not type="number": there a browser drops characters that it does not know, and 0,5 becomes 5.
    this.until = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": "Epoch to run to", oninput: () => this.#readGoal() });
    this.reading = make("span", { class: "understood", role: "status" });
    return make("form", {
      class: "goal", novalidate: "",
      onsubmit: (event) => {
        event.preventDefault();
        const goal = this.#readGoal();
        if (goal !== undefined) this.player.runTo({ [this.kind.value]: goal });
      },
    }, "Run", this.kind, this.until, make("button", { type: "submit", title: "Train as fast as possible; Pause stops it" }, "Go"), this.reading);
  }

  /** Return the typed goal and show how it is read; undefined where it is invalid. */
  #readGoal() {
    let goal, message;
    try {
      goal = readWithin(this.until.value, this.kind.value === "loss" ? { low: 0 } : { low: 0, high: this.length, whole: true });
      message = isLiteral(this.until.value) ? "" : `= ${goal}`;
    } catch (error) {
      message = error.message;
    }
    this.reading.textContent = message;
    this.until.setAttribute("aria-invalid", goal === undefined);
    return goal;
  }

  #suggestGoal() {
    const loss = this.kind.value === "loss";
    this.until.value = loss ? 0.01 : this.length;
    this.until.setAttribute("aria-label", loss ? "Loss to run down to" : "Epoch to run to");
    this.#readGoal();
  }

  /** Show the state and position of the film. */
  update({ playing, epoch, furthest, length }) {
    if (this.length !== length) {
      this.length = length;
      this.#suggestGoal();
    }
    if (this.playing !== playing) {
      this.playing = playing;
      icon(this.play, playing ? "Pause" : "Play", playing ? "pause" : "play");
    }
    this.slider.max = furthest;
    this.slider.value = epoch;
    this.slider.setAttribute("aria-valuetext", `epoch ${epoch} of ${furthest}`);
  }

  /** Choose the next faster (1) or slower (−1) speed. */
  changeSpeed(by) {
    const index = SPEEDS.indexOf(Number(this.speed.value)) + by;
    if (index < 0 || index >= SPEEDS.length) return;
    this.speed.value = SPEEDS[index];
    this.player.setSpeed(SPEEDS[index]);
  }

  /** Act on a key while the stage has the focus. */
  handleKey(event) {
    const typing = ["INPUT", "SELECT"].includes(event.target.tagName);
    const pressing = event.target.tagName === "BUTTON" && [" ", "Enter"].includes(event.key);
    if (typing || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
    const { player } = this;
    const keys = {
      " ": () => player.toggle(), ArrowRight: () => player.step(1), ArrowLeft: () => player.step(-1),
      Home: () => player.first(), End: () => player.last(),
      "+": () => this.changeSpeed(1), "-": () => this.changeSpeed(-1),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }
}

const HELP = {
  Play: "Train and watch every epoch (space)",
  Pause: "Pause at this epoch (space)",
  Step: "One epoch forward (→)",
  "Step back": "One epoch back (←)",
  First: "To epoch 0 (Home)",
  Last: "To the latest epoch shown (End)",
  Reset: "Restart from the initial weights; the previous run can be restored",
  "Run to …": "Train to an epoch, or until the loss is low enough, as fast as possible",
};

function button(name, picture, onclick, kind = "") {
  const element = make("button", { type: "button", class: kind, onclick });
  icon(element, name, picture);
  return element;
}

function icon(element, name, picture) {
  element.setAttribute("aria-label", name);
  element.title = HELP[name];
  element.innerHTML = `<svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true"><path fill="currentColor" d="${ICONS[picture]}"/></svg>`;
  if (element.classList.contains("primary")) element.append(name);
}
