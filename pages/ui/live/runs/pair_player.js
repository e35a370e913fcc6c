// Two runs of the session as two films locked to one epoch, and the difference of their weights.
import { decode } from "../codec.js";
import { make } from "../dom.js";
import { matricesOf } from "../draw/matrix_row.js";
import { percent, short, whole } from "../draw/numbers.js";
import { Curve, Film, framesOf } from "../player/buffer.js";
import { ComparisonView, farApart } from "../player/comparison.js";
import { FilmPlayer, line, number } from "../player/film_player.js";
import { isLiteral, readWithin } from "../player/typed_number.js";

const DURATION = 4000; // ms at least of the whole film
const KEYS = ["first", "second"];
const DIFFERENCE = { key: "difference", name: "Difference: second − first", label: "difference" };

/** Decode the server's message (see pages/ui/runs/two_runs/server.py): the film, an epoch in full precision, or neither. */
export function unpackPair(bytes) {
  const { arrays, scene, ...answer } = decode(bytes);
  const of = (kind) => Object.entries(arrays).filter(([name]) => name.startsWith(`${kind}/`));
  [answer.whole] = framesOf(of("whole"));
  if (!scene) return answer;
  scene.curves = of("losses").map(([, { values }], i) => Curve.of(values, scene.runs[i].epoch + 1, scene.runs[i].block));
  scene.film = new Film(framesOf(of("film")), DURATION);
  const { last, film } = scene;
  return { ...answer, scene, film, lineage: answer.token, trained: last, length: last, ended: "done" };
}

/** Both films, a field for any epoch, and before that the progress of their computation. */
export class RunPair extends FilmPlayer {
  #film;

  constructor(source) {
    super(source, { "data-testid": "run-pair", "aria-label": "Two runs, epoch by epoch" }, {
      bar: "Recomputing", cancel: "Show the epochs recomputed so far", state: "running",
      progress: (at, of) => `Recomputing both runs: ${at} of ${of} frames`,
    });
    this.input = make("input", { type: "text", inputmode: "numeric", autocomplete: "off", "aria-label": "Epoch to show",
      title: "Any trained epoch, also between two frames: it is recomputed exactly", oninput: () => this.#read() });
    this.reading = make("span", { class: "understood", role: "status" });
    const go = make("button", { type: "submit", title: "Show exactly this epoch of both runs" }, "Go");
    this.controls.element.append(make("form", { class: "epoch", novalidate: "", onsubmit: (event) => this.#goTo(event) }, "To epoch", this.input, go, this.reading));
  }

  receive(bytes) {
    this.player.receive(unpackPair(bytes));
    this.layout(); // also while the next film is computed
  }

  openRun(answer) {
    this.#film = answer.film;
    this.input.value = "";
    super.openRun(answer);
  }

  createView(scene) { return new PairView(scene); }

  announce(verb, { epoch, losses: [C, other] }) {
    const { runs } = this.view;
    this.live.textContent = `${verb} at epoch ${epoch}: C = ${short(C)} in ${runs[0].label}, ${short(other)} in ${runs[1].label}`;
  }

  /** Show the nearest frame, until the typed epoch's own is there. */
  #goTo(event) {
    event.preventDefault();
    const epoch = this.#read();
    if (epoch === undefined) return;
    this.#film.exact = undefined;
    this.player.seek(this.#film.nearest(epoch).epoch);
    this.#film.exact = epoch;
    this.player.seek(epoch);
    this.player.rest();
  }

  /** Return the typed epoch and show how it is read; undefined where it is invalid. */
  #read() {
    let epoch, message;
    try {
      epoch = readWithin(this.input.value, { low: 0, high: this.view.last, whole: true });
      message = isLiteral(this.input.value) ? "" : `= ${epoch}`;
    } catch (error) {
      message = error.message;
    }
    this.reading.textContent = message;
    this.input.setAttribute("aria-invalid", epoch === undefined);
    return epoch;
  }
}

/** The weights of both runs, their difference if there is one, and their losses. */
class PairView extends ComparisonView {
  constructor(scene) {
    const { curves, last, midpoint } = scene;
    const even = scene.runs.every(({ epoch }) => epoch === last);
    const runs = scene.runs.map(({ name, ended, epoch, ...matrices }, i) => ({
      key: KEYS[i], name, label: name, matrices: matricesOf(matrices), curve: curves[i], epoch, ended,
      note: even ? undefined : make("p", { class: epoch < last ? "note ends" : "note" }), // side by side, all matrices begin at the same height
    }));
    const difference = scene.different ? undefined : { ...DIFFERENCE, matrices: runs[0].matrices, note: even ? undefined : make("p", { class: "note" }) };
    super({ runs, difference, midpoint, last, charts: chartsOf(runs, scene), log: needsLogScale(scene), columns: true });
    this.difference = difference;
    const note = (text) => make("p", { class: "note" }, text);
    if (scene.different) this.bar.element.before(note(scene.different));
    if (scene.apart) this.beside.prepend(note(scene.apart));
  }

  losses({ losses }) { return losses.slice(0, 2); }

  /** Return the elements of the line of numbers; another `target` is on its way. */
  numbers({ epoch, losses: [C, other, norm, share] }, { target }) {
    const [first, second] = this.runs;
    const pending = target === undefined || target === epoch ? "" : `, the nearest frame: epoch ${whole(target)} is being recomputed`;
    const relative = Number.isFinite(share) ? `, ${percent(share)} of ‖W‖ of ${first.label}` : "";
    return [
      line("Epoch ", number(whole(epoch)), ` of ${whole(this.last)}${pending}`),
      line(`${first.label}: C = `, number(short(C, 4))), line(`${second.label}: C = `, number(short(other, 4))),
      ...(this.difference ? [line("‖difference‖ = ", number(short(norm, 4)), relative)] : []),
    ];
  }

  draw(frame) {
    for (const run of this.runs) if (run.note) run.note.textContent = frame.epoch > run.epoch ? afterEnd(run) : "";
    super.draw(frame);
  }

  /** Return what is below the pointer; of a weight also the other run's and the difference, where there is one. */
  at(canvas, x, y) {
    const found = super.at(canvas, x, y);
    if (!found?.weight || !this.difference) return found;
    const own = this.matrices.findIndex(({ canvases }) => canvases.includes(canvas));
    const labels = [...this.runs, this.difference].map(({ label }) => label);
    const at = (row) => row.at(row.canvases[found.weight.layer - 1], x, y); // all are as large, and named alike
    return { ...found, more: this.matrices.flatMap((row, i) => (i === own ? [] : [`${labels[i]} ${at(row).detail}`])) };
  }
}

/** Return what stands above a run's weights at later epochs. */
const afterEnd = ({ ended, epoch }) => (ended ? `ended at epoch ${whole(epoch)}: shown as it ended` : `trained to epoch ${whole(epoch)}: shown as it is there`);

/** Return the charts of both losses: one, unless they mean different things. */
function chartsOf(runs, { apart, last }) {
  const ends = ({ epoch, label }) => (epoch < last ? [[epoch, `${label} ends here`]] : []);
  const names = runs.map(({ label }) => `${label}: C =`);
  if (!apart) return [{ runs: [0, 1], title: "Loss C", label: "Loss of both runs at every epoch", names, marks: runs.flatMap(ends) }];
  return runs.map((run, i) => ({ runs: [i], title: "Loss C", label: `Loss of ${run.label} at every epoch`, names: [names[i]], marks: ends(run) }));
}

/** Return whether one of the losses would hardly show on a linear scale of both. */
function needsLogScale({ apart, film, last }) {
  return !apart && farApart(...film.nearest(last).losses.slice(0, 2));
}
