// The runs of a cell, a line a seed, with buttons that open or keep the run.
import { make } from "../dom.js";
import { percent, short, whole } from "../draw/numbers.js";
import { isFailed } from "./sweep_cells.js";

const ENDINGS = ["all epochs", "diverged", "early stopping", "failed"]; // see ENDINGS in sweep_server.py
const HEADINGS = ["Seed", "Run", "Final C", "Lowest C", "at epoch", "Epochs", "Ended", "Time"];
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
    this.title = make("h3");
    this.status = make("p", { class: "about", role: "status" });
    this.body = make("tbody");
    this.element = make("div", { class: "details", hidden: "", "data-testid": "sweep-details" }, this.title, this.status,
      make("div", { class: "scroll" }, make("table", {}, make("thead", {}, make("tr", {}, ...HEADINGS.map((text) => make("th", { scope: "col" }, text)))), this.body)));
  }

  /** Show the runs of a cell, −1 for none; `status` has what the session does with them. */
  draw(cell, name, runs, scene, status) {
    this.element.hidden = cell < 0;
    this.element.dataset.cell = cell;
    if (cell !== this.#cell) this.#clear(cell, name);
    if (cell < 0) return;
    for (const run of runs) {
      if (!this.#lines.has(run.run)) this.#add(run, scene);
      this.#update(run, status);
    }
    this.#say(runs, scene, status);
  }

  #clear(cell, name) {
    this.#cell = cell;
    this.title.textContent = `Runs of ${name}`;
    this.#lines.clear();
    this.body.replaceChildren();
  }

  #add(run, { first_seed, seeds, digits }) {
    const seed = first_seed + (run.run % seeds);
    const values = [numberText(run.final, digits), numberText(run.lowest, digits), whole(run.lowestEpoch), whole(run.epochs), ENDINGS[run.ended], timeText(run.seconds)];
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
  #say(runs, { first_seed, seeds }, { used, names, replay }) {
    const seedOf = (run) => `seed ${first_seed + (run % seeds)}`;
    const text = replay && this.#lines.has(replay.run) ? `The run of ${seedOf(replay.run)} is trained again.`
      : runs.flatMap(({ run }) => [
        used === run && `The run of ${seedOf(run)} is in use on all pages.`, run in names && `The run of ${seedOf(run)} is kept as “${names[run]}”.`,
      ]).filter(Boolean).join(" ") || "Open uses a run on all pages; Keep adds it to the runs to compare. Both train it again, to exactly the same weights.";
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

const progressText = ({ at, of }) => (of ? percent(at / of, 0) : "…");

const numberText = (C, digits) => (Number.isNaN(C) ? "–" : short(C, digits)); // a run that failed has none

/** Return seconds as text. */
const timeText = (seconds) => (seconds < 1 ? `${short(1000 * seconds, 2)} ms` : `${short(seconds, 3)} s`);
