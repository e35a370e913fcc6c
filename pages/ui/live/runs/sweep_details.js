// The runs of a cell, a line a seed, with buttons that open or keep the run.
import { make } from "../dom.js";
import { percent, short, whole } from "../draw/numbers.js";
import { isFailed } from "./sweep_cells.js";

const HEADINGS = ["Seed", "Run", "Final C", "Validation C", "Lowest C", "at epoch", "Epochs", "Ended", "Time"];
const VALIDATION = 3; // its column, only with a validation set
const ACTIONS = {
  open: ["Open", "Use this run on all pages"],
  keep: ["Keep", "Add this run to the session’s runs, by its values and seed"],
};

/** The list; `act(action, run)` is called by its buttons. */
export class SweepDetails {
  #lines = new Map(); // by run: its cells and buttons
  #cell = -1;

  constructor(act) {
    this.act = act;
    this.title = make("h2");
    this.status = make("p", { class: "about", role: "status" });
    this.stop = make("button", { type: "button", hidden: "", title: "Do not train this run again", onclick: () => this.act("stop", -1) }, "Cancel");
    this.head = make("tr");
    this.body = make("tbody");
    this.element = make("div", { class: "details", hidden: "", "data-testid": "sweep-details" }, this.title, make("div", { class: "said" }, this.status, this.stop),
      make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Runs of the cell" }, make("table", {}, make("thead", {}, this.head), this.body)));
  }

  /** Show the runs of a cell, −1 for none; `status` has what the session does with them. */
  draw(cell, name, runs, scene, status) {
    this.element.hidden = cell < 0;
    this.element.dataset.cell = cell;
    if (cell !== this.#cell) this.#clear(cell, name, scene);
    if (cell < 0) return;
    for (const run of runs) {
      if (!this.#lines.has(run.run)) this.#add(run, scene);
      this.#update(run, status);
    }
    this.#say(runs, scene, status);
  }

  #clear(cell, name, scene) {
    this.#cell = cell;
    this.title.textContent = `Runs of ${name}`;
    this.#lines.clear();
    this.body.replaceChildren();
    this.head.replaceChildren(...shown(HEADINGS, scene).map((text) => make("th", { scope: "col" }, text)));
  }

  #add(run, scene) {
    const seed = seedOf(run.run, scene);
    const [final, validation, lowest] = [run.final, run.validation, run.lowest].map((C) => numberText(C, scene.digits));
    const values = shown([undefined, undefined, final, validation, lowest, whole(run.lowestEpoch), whole(run.epochs), scene.endings[run.ended], timeText(run.seconds)], scene).slice(2);
    const buttons = Object.entries(ACTIONS).map(([action, [text, title]]) =>
      make("button", { type: "button", title, "aria-label": `${text} the run of seed ${seed}`, "data-action": action, onclick: () => this.act(action, run.run) }, text));
    const line = make("tr", { "data-run": run.run }, make("th", { scope: "row" }, String(seed)), make("td", { class: "actions" }, ...buttons),
      ...values.map((value) => make("td", {}, value)));
    this.#lines.set(run.run, { buttons, line });
    const after = [...this.body.children].find((other) => Number(other.dataset.run) > run.run);
    this.body.insertBefore(line, after ?? null); // by seed
  }

  #update({ run, ended }, { used, names, replay }) {
    const { buttons: [open, keep], line } = this.#lines.get(run);
    const own = replay?.run === run;
    const texts = own ? { [replay.action]: progressText(replay) } : {};
    const isFree = !replay && !isFailed({ ended });
    open.disabled = !isFree || used === run;
    keep.disabled = !isFree || run in names;
    open.textContent = texts.open ?? (used === run ? "In use" : "Open");
    keep.textContent = texts.keep ?? (run in names ? "Kept" : "Keep");
    line.dataset.state = own ? "training" : used === run ? "used" : run in names ? "kept" : "";
  }

  /** Say which of the runs are in use or kept, and as what. */
  #say(runs, scene, { used, names, replay }) {
    this.stop.hidden = !(replay?.of); // the server is at it for longer than one answer
    const seed = (run) => `seed ${seedOf(run, scene)}`;
    const text = replay && this.#lines.has(replay.run) ? `The run of ${seed(replay.run)} is trained again.`
      : runs.flatMap(({ run }) => [
        used === run && `The run of ${seed(run)} is in use on all pages.`, run in names && `The run of ${seed(run)} is kept as “${names[run]}”.`,
      ]).filter(Boolean).join(" ") || "Open uses a run on all pages; Keep adds it to the runs to compare. Both train it again, to exactly the same weights.";
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

/** Return the columns that are shown. */
const shown = (columns, { validated }) => columns.filter((_, i) => validated || i !== VALIDATION);

const seedOf = (run, { shape: [rows, columns] }) => Math.floor(run / (rows * columns)); // see SweepPlan

const progressText = ({ at, of }) => (of ? percent(at / of, 0) : "…");

const numberText = (C, digits) => (Number.isNaN(C) ? "–" : short(C, digits)); // a run that failed has none

/** Return seconds as text. */
const timeText = (seconds) => (seconds < 1 ? `${short(1000 * seconds, 2)} ms` : `${short(seconds, 3)} s`);
