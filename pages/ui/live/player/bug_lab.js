// The bug lab's film: two runs from the same weights, with the true and with a wrong gradient.
import { decode } from "../codec.js";
import { largest } from "../draw/colours.js";
import { matricesOf } from "../draw/matrix_row.js";
import { short, whole } from "../draw/numbers.js";
import { Curve, Film, rowsOf } from "./buffer.js";
import { ComparisonView, farApart } from "./comparison.js";
import { FilmPlayer, line, number } from "./film_player.js";

const DURATION = 2000; // ms at least of the whole film
const RUNS = { true: "True gradient", broken: "With the mistake" };
const CUTOFF = 1e4; // times the true run's maximum loss: there the other curve ends

/** Decode the server's message (see pages/ui/check/bug_lab_server.py): the film, or an answer without. */
export function unpackFilm(bytes) {
  const { arrays, scene, ...answer } = decode(bytes);
  if (!scene) return answer;
  const layers = Object.entries(arrays).filter(([name]) => /W[12]$/.test(name));
  for (const name of ["epochs", "angle", "ratio", "true_losses", "broken_losses"]) scene[name] = arrays[name].values;
  const frames = Array.from(scene.epochs, (epoch, index) => ({ epoch, index, whole: true, layers: rowsOf(layers, index) }));
  const last = scene.epochs.at(-1);
  return {
    ...answer, scene, film: new Film(frames, DURATION), lineage: answer.token,
    epoch: scene.epochs[answer.frame], trained: last, length: last, ended: "done",
  };
}

/** Both runs, and before that the progress of their training. */
export class BugLab extends FilmPlayer {
  #index = null; // of the frame on display

  constructor(source) {
    super(source, { "data-testid": "bug-lab", "aria-label": "Both runs, epoch by epoch" }, {
      bar: "Training", cancel: "Stop training and show the epochs trained so far", state: "training",
      progress: (at, of) => `Training both runs: epoch ${at} of ${of}`,
    });
  }

  receive(bytes) {
    this.player.receive(unpackFilm(bytes));
    this.layout(); // also while the next film is trained
  }

  openRun(answer) {
    this.#index = answer.frame;
    super.openRun(answer);
  }

  createView(film) { return new BugLabView(film); }

  get fields() {
    const frame = this.player.preparing ? null : this.#index; // the next film has none yet
    return { frame, ...super.fields };
  }

  draw(frame) {
    this.#index = frame.index;
    super.draw(frame);
  }

  announce(verb, frame) {
    this.live.textContent = `${verb} at epoch ${frame.epoch}: C = ${this.view.losses(frame).map((C) => short(C)).join(", with the mistake ")}`;
  }
}

/** The weights of both runs, their losses, and how far off the wrong gradient is. */
class BugLabView extends ComparisonView {
  constructor(film) {
    const curves = curvesOf(film);
    super({
      runs: Object.entries(RUNS).map(([key, name], i) => ({ key, name, label: name.toLowerCase(), matrices: matricesOf(film), curve: curves[i] })),
      midpoint: film.midpoint, last: film.epochs.at(-1), log: needsLogScale(film),
      charts: [{ runs: [0, 1], title: "Loss C", label: "Loss of both runs at every epoch", names: ["C", "with the mistake"], marks: marksOf(film, curves) }],
    });
    this.film = film;
  }

  losses({ epoch }) { return [this.film.true_losses[epoch], this.film.broken_losses[epoch]]; }

  /** Return the elements of the line of numbers. */
  numbers(frame) {
    const { film } = this;
    const [C, wrong] = this.losses(frame).map((loss) => (Number.isFinite(loss) ? short(loss, 4) : "not finite"));
    const [angle, ratio] = [film.angle[frame.index], film.ratio[frame.index]];
    const off = Number.isFinite(angle) ? [number(degrees(angle)), " off, "] : [];
    const long = Number.isFinite(ratio) ? [number(short(ratio)), " times as long"] : ["no comparison at this epoch"];
    return [
      line("Epoch ", number(whole(frame.epoch)), ` of ${whole(this.last)}`),
      line("True gradient: C = ", number(C)), line("With the mistake: C = ", number(wrong)),
      line("Wrong gradient: ", ...off, ...long),
    ];
  }
}

/** Return an angle as text; rounding errors near 0 and 180 are not shown. */
export const degrees = (angle) => `${angle < 1e-5 ? 0 : angle < 10 ? short(angle, 2) : Math.round(angle)}°`;

/** Return both loss curves, the second one up to the chart's cutoff. */
export function curvesOf({ true_losses, broken_losses }) {
  const most = CUTOFF * largest(true_losses);
  return [true_losses, broken_losses].map((losses) => {
    const end = losses.findIndex((C) => !(C <= most));
    const drawn = losses.subarray(0, end < 0 ? losses.length : end);
    return Curve.of(drawn, drawn.length, 1);
  });
}

/** Return a mark where a curve ends before the other, with the reason. */
export function marksOf({ stopped, true_losses }, curves) {
  const names = ["the true gradient’s run", "the run with the mistake"];
  return curves.flatMap(({ count }, i) => {
    if (count === true_losses.length) return [];
    const infinite = stopped[i] === count - 1;
    return [[count - 1, infinite ? `the next step makes C or a weight of ${names[i]} infinite` : `from here on, C of ${names[i]} is outside the chart`]];
  });
}

function needsLogScale({ true_losses, broken_losses }) {
  const [C, wrong] = [true_losses, broken_losses].map((losses) => losses.findLast((value) => Number.isFinite(value)));
  const [most, mostWrong] = [true_losses, broken_losses].map(largest);
  return farApart(C, wrong) || (mostWrong > most && farApart(most, mostWrong));
}
