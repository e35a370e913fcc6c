// The runs of a cell, a line a seed, with buttons that open or keep the run.
import { make } from "../dom.js";
import { percent, short, whole } from "../draw/numbers.js";

const ENDINGS = ["all epochs", "diverged", "early stopping"]; // see ENDINGS in sweep_server.py
const HEADINGS = ["Seed", "Final C", "Lowest C", "at epoch", "Epochs", "Ended", "Time", ""];
const ACTIONS = {
  open: ["Open", "Train this run again, to exactly the same weights, and use it on all pages"],
  keep: ["Keep", "Train this run again, to exactly the same weights, and add it to the session’s runs by its name"],
};

/** The list; `act(action, run)` is called by its buttons. */
export class SweepDetails {
  #lines = new Map(); // by run: its cells and buttons
  #cell = -1;

  constructor(act) {
    this.act = act;
    this.title = make("h3");
    this.body = make("tbody");
    this.element = make("div", { class: "details", hidden: "", "data-testid": "sweep-details" }, this.title,
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
  }

  #clear(cell, name) {
    this.#cell = cell;
    this.title.textContent = `Runs of ${name}`;
    this.#lines.clear();
    this.body.replaceChildren();
  }

  #add(run, { first_seed, seeds, digits }) {
    const seed = first_seed + (run.run % seeds);
    const values = [seed, short(run.final, digits), short(run.lowest, digits), whole(run.lowestEpoch), whole(run.epochs), ENDINGS[run.ended], timeText(run.seconds)];
    const buttons = Object.entries(ACTIONS).map(([action, [text, title]]) =>
      make("button", { type: "button", title, "data-action": action, onclick: () => this.act(action, run.run) }, text));
    const status = make("span", { role: "status" });
    const line = make("tr", { "data-run": run.run }, ...values.map((value, i) => make(i ? "td" : "th", i ? {} : { scope: "row" }, String(value))),
      make("td", { class: "actions" }, ...buttons, status));
    this.#lines.set(run.run, { buttons, status, line });
    const after = [...this.body.children].find((other) => Number(other.dataset.run) > run.run);
    this.body.insertBefore(line, after ?? null); // by seed
  }

  #update({ run }, { used, names, replay }) {
    const { buttons: [open, keep], status, line } = this.#lines.get(run);
    const name = names[run];
    open.disabled = Boolean(replay) || used === run;
    keep.disabled = Boolean(replay) || Boolean(name);
    const own = replay?.run === run;
    line.dataset.state = own ? "training" : used === run ? "used" : name ? "kept" : "";
    const text = own ? `Training again${replay.of ? `: ${percent(replay.at / replay.of, 0)}` : ""}`
      : [used === run && "in use on all pages", name && `kept as “${name}”`].filter(Boolean).join(", ");
    if (status.textContent !== text) status.textContent = text;
  }
}

/** Return seconds as text. */
const timeText = (seconds) => (seconds < 1 ? `${short(1000 * seconds, 2)} ms` : `${short(seconds, 3)} s`);
