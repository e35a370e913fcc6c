// The controls of a player.
import { make, select } from "../dom.js";
import { icon } from "../icons.js";
import { isLiteral, readWithin } from "./typed_number.js";

const SPEEDS = [1, 10, 100, 1000];
const BUTTONS = { // help, and the icon: without one, the name in words
  Play: ["Train and watch every epoch (space)", "play"],
  Pause: ["Pause at this epoch (space)", "pause"],
  "Step back": ["One epoch back (←)", "back"],
  Step: ["One epoch forward (→)", "next"],
  First: ["To epoch 0 (Home)", "first"],
  Last: ["To the latest epoch shown (End)", "last"],
  Reset: ["Restart from the initial weights; the previous run can be restored"],
  "Run to …": ["Train to an epoch, or until the loss is low enough, as fast as possible"],
};
const ARROWS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
const TRAINS = "Drag to any epoch; beyond the mark it trains up to there";
const SHOWS = "Drag to any trained epoch"; // there are no more

/** The words of a film that only shows a run, and may lack some of its epochs: help by button, and of others. */
export const FILM_WORDS = {
  Play: "Watch the film (space)",
  "Step back": "To the epoch before, in the film (←)",
  Step: "To the next epoch of the film (→)",
  Last: "To the last epoch (End)",
  speed: "Speed: epochs per frame; more where the film has fewer, or a frame takes long (keys + and −)",
  slider: "Drag to any epoch of the film; arrow keys go to the next one",
  place: (epoch, length) => `epoch ${epoch} of ${length}`,
};
const RUN_WORDS = {
  speed: "Speed: up to so many epochs per frame (keys + and −)",
  place: (epoch, length, trained) => `epoch ${epoch} of ${length}, trained to ${trained}`,
};

/** The row of controls. */
export class Controls {
  /** `goals`: whether they can restart training, and run it to a goal; `words`: of a film, where they are other ones. */
  constructor(player, goals, words = RUN_WORDS) {
    this.player = player;
    this.words = words;
    const button = (name, onclick, kind) => newButton(name, onclick, words, kind);
    this.play = button("Play", () => player.toggle(), "primary");
    this.slider = newSlider(player, "Epoch", words === FILM_WORDS);
    this.speed = select(
      { "aria-label": "Speed", title: words.speed, onchange: () => player.setSpeed(Number(this.speed.value)) },
      SPEEDS.map((speed) => [speed, `×${speed}`]),
    );
    const buttons = [
      this.play,
      button("Step back", () => player.step(-1)),
      button("Step", () => player.step(1)),
      button("First", () => player.first()),
      button("Last", () => player.last()),
      this.speed,
    ];
    this.open = button("Run to …", () => this.#openGoal(this.goal.hidden));
    this.goal = this.#goalForm();
    const group = (...parts) => make("div", { class: "buttons" }, ...parts);
    const training = goals ? [group(button("Reset", () => player.act("reset")), this.open)] : [];
    this.element = make("div", { class: "transport" }, group(...buttons), ...training, this.slider, ...(goals ? [this.goal] : []));
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
  update({ playing, training, epoch, trained, length, ended }) {
    if (this.length !== length) {
      this.length = length;
      this.#suggestGoal();
    }
    const runs = playing || Boolean(training);
    if (this.runs !== runs) {
      this.runs = runs;
      label(this.play, runs ? "Pause" : "Play", this.words);
    }
    this.slider.title = this.words.slider ?? (ended ? SHOWS : TRAINS);
    showPlace(this.slider, { epoch, trained, length }, this.words);
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
    const toLast = event.target === this.slider && event.key === "End"; // not to the end of the run, which would train it
    const typing = !toLast && ["INPUT", "SELECT"].includes(event.target.tagName);
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

/** Return a slider that moves a film; of one that may lack epochs (`steps`) arrow keys go to the next that there is. */
export function newSlider(player, name, steps) {
  const slider = make("input", {
    type: "range", min: 0, max: 0, value: 0, "aria-label": name,
    oninput: () => player.seek(Number(slider.value)),
    onchange: () => player.rest(),
  });
  if (steps) slider.onkeydown = (event) => stepByArrow(player, event);
  return slider;
}

function stepByArrow(player, event) {
  const by = ARROWS[event.key];
  if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  player.step(by);
}

/** Show on a slider at which epoch of `length` the film stands, and how many are trained; `words`: how that is said. */
export function showPlace(slider, { epoch, trained, length }, words) {
  slider.max = length;
  slider.value = epoch;
  for (const [name, at] of [["epoch", epoch], ["trained", trained]]) slider.style.setProperty(`--${name}`, length ? at / length : 0);
  slider.classList.toggle("complete", length > 0 && trained >= length);
  slider.setAttribute("aria-valuetext", words.place(epoch, length, trained));
}

function newButton(name, onclick, words, kind = "") {
  const element = make("button", { type: "button", class: kind, onclick });
  label(element, name, words);
  return element;
}

/** Give a button its name, help and icon; the primary one, and one without an icon, also show the name. */
export function label(element, name, words) {
  const [help, image] = BUTTONS[name];
  element.setAttribute("aria-label", name);
  element.title = words[name] ?? help;
  element.replaceChildren(...(image ? [icon(image)] : []));
  if (!image || element.classList.contains("primary")) element.append(name);
}
