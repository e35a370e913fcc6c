// The controls of a player.
import { make, select } from "../dom.js";
import { isLiteral, readWithin } from "./typed_number.js";

const SPEEDS = [1, 10, 100, 1000];
const BUTTONS = { // help, and the icon's path
  Play: ["Train and watch every epoch (space)", "M5 3l10 6-10 6z"],
  Pause: ["Pause at this epoch (space)", "M4 3h4v12H4zM10 3h4v12h-4z"],
  "Step back": ["One epoch back (←)", "M14 3L7 9l7 6zM4 3h2v12H4z"],
  Step: ["One epoch forward (→)", "M4 3l7 6-7 6zM12 3h2v12h-2z"],
  First: ["To epoch 0 (Home)", "M15 3l-6 6 6 6zM9 3L3 9l6 6zM2 3h1.5v12H2z"],
  Last: ["To the latest epoch shown (End)", "M3 3l6 6-6 6zM9 3l6 6-6 6zM14.5 3H16v12h-1.5z"],
  Reset: ["Restart from the initial weights; the previous run can be restored", "M9 3a6 6 0 1 0 6 6h-2a4 4 0 1 1-4-4v3l5-4-5-4z"],
  "Run to …": ["Train to an epoch, or until the loss is low enough, as fast as possible", "M4 2h1.6v14H4zM5.6 3H15l-2.5 3L15 9H5.6z"],
};

/** The row of controls. */
export class Controls {
  /** `goals`: whether they can restart training, and run it to a goal. */
  constructor(player, goals) {
    this.player = player;
    this.play = button("Play", () => player.toggle(), "primary");
    this.slider = make("input", {
      type: "range", min: 0, max: 0, value: 0, "aria-label": "Epoch",
      title: "Drag to any trained epoch",
      oninput: () => player.seek(Number(this.slider.value)),
      onchange: () => player.rest(),
    });
    this.speed = select(
      { "aria-label": "Speed", title: "Epochs per frame (keys + and −)", onchange: () => player.setSpeed(Number(this.speed.value)) },
      SPEEDS.map((speed) => [speed, speed === 1 ? "1 epoch per frame" : `up to ${speed} per frame`]),
    );
    const buttons = [
      this.play,
      button("Step back", () => player.step(-1)),
      button("Step", () => player.step(1)),
      button("First", () => player.first()),
      button("Last", () => player.last()),
    ];
    this.open = button("Run to …", () => this.#openGoal(this.goal.hidden));
    this.goal = this.#goalForm();
    if (goals) buttons.push(button("Reset", () => player.act("reset")), this.open);
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
    this.kind = select({ "aria-label": "Run until", onchange: () => this.#suggestGoal() },
      [["epoch", "to epoch"], ["loss", "until C is below"]]);
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
      label(this.play, playing ? "Pause" : "Play");
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

function button(name, onclick, kind = "") {
  const element = make("button", { type: "button", class: kind, onclick });
  label(element, name);
  return element;
}

/** Give a button its name, help and icon; the primary one also shows the name. */
function label(element, name) {
  const [help, path] = BUTTONS[name];
  element.setAttribute("aria-label", name);
  element.title = help;
  element.innerHTML = `<svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true"><path fill="currentColor" d="${path}"/></svg>`;
  if (element.classList.contains("primary")) element.append(name);
}
