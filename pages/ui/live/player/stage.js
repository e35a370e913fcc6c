// The stage: the film of a run, with the views that are switched on.
import { make } from "../dom.js";
import { FILM_WORDS } from "./controls.js";
import { short } from "../draw/numbers.js";
import { unpack } from "./buffer.js";
import { EpochSwitches } from "./epoch_switches.js";
import { Messages } from "./messages.js";
import { PlayerView } from "./player_view.js";
import { Presentation } from "./presentation.js";
import { Readout } from "./readout.js";
import { SteadyRegion } from "./steady_region.js";
import { StageView } from "./stage_view.js";
import { Switches } from "./switches.js";

const ARRANGEMENTS = ["present", "no_weights", "log"]; // views that change nothing that frames carry

/** The numbers and drawings of a run's epochs, and the switches of its views. */
export class Stage extends PlayerView {
  #plane = { x: 0, y: 1, output: -1 };
  #status = { state: "waiting", drawn: 0, epoch: 0, length: 0 }; // of the player
  #lineage = undefined; // of the run on display
  #chosen = undefined; // the weight selected here, until the server has it
  #error = ""; // what is wrong with the latest message
  #trains;

  /** `trains`: whether the source can train on, and the page below shows more of an epoch; else a click selects the weight of the page. */
  constructor(source, trains = true) {
    super(source, { "data-testid": "stage", "data-frames": 0, "aria-label": "Training, epoch by epoch" }, trains, trains ? undefined : FILM_WORDS);
    this.#trains = trains;
    this.readout = new Readout();
    this.messages = new Messages((action) => this.player.act(action));
    this.switches = new Switches((view) => this.#toggleView(view));
    this.view = new StageView((axes) => this.#choosePlane(axes), () => this.#toggleView("network_gradients"), () => this.#showViews(this.view.views), trains);
    this.presentation = new Presentation(this.element, this.body, this.switches.element, this.controls.play, () => this.#toggleView("present"));
    this.epochSwitches = new EpochSwitches((part) => this.#togglePart(part));
    const status = make("div", { class: "status" }, this.readout.element, this.presentation.tools);
    this.element.addEventListener("click", (event) => this.#click(event));
    this.report = new SteadyRegion(status, ...(trains ? [this.messages.element] : []));
    this.fill(this.controls.element, this.report.element, this.switches.element, this.view.element, ...(trains ? [this.epochSwitches.element] : []));
  }

  open(root) {
    super.open(root);
    this.observer.observe(this.view.element); // what is above it changes its height
    this.presentation.show(this.view.fills);
  }

  /** Handle a message, or show what is wrong with it. */
  receive(bytes) {
    let answer;
    this.#error = "";
    try {
      answer = unpack(bytes);
    } catch (error) {
      this.#error = error.message;
      return this.update(this.#status);
    }
    this.take(answer);
  }

  /** Show an answer of the source. */
  take(answer) { this.player.receive(answer); }

  openRun({ scene, losses, previous, lineage, length }, newer) {
    const [x, y, output] = scene.plane;
    this.#plane = { x, y, output };
    this.#chosen = undefined;
    this.view.setScene(scene, losses.curves, previous, this.#trains ? undefined : length);
    this.#show(newer ? this.view.views : new Set(scene.views));
    this.messages.forget();
    if (lineage !== this.#lineage) this.report.release(); // else the same run goes on
    this.#lineage = lineage;
  }

  add({ losses, marks, breaks, scores, norms, plane, messages, weight, sample }) {
    if (sample !== undefined) this.view.setSample(sample);
    if (messages) this.messages.fill(messages);
    this.#addLosses(losses);
    Object.assign(this.view.loss, { marks, breaks });
    this.view.norm.breaks = breaks;
    if (scores) this.view.scores.add(scores);
    if (norms) this.view.norms.add(norms);
    if (plane) this.view.setPlane(plane);
    const marked = Boolean(weight) && this.#adopt(weight);
    this.layout();
    return Boolean(scores || norms || marked);
  }

  /** Take up the server's weight, and whether its part of the page is `open`; return whether either is new here. */
  #adopt({ open, ...weight }) {
    const { views, weight: before } = this.view;
    if (this.#chosen && !(open && isSame(weight, this.#chosen))) return false; // of an earlier request
    this.#chosen = undefined;
    this.view.weight = weight;
    const closes = !open && views.has("weight");
    if (closes) this.view.views = this.#toggled("weight");
    return closes || !isSame(weight, before);
  }

  #addLosses({ first, count, block, values }) {
    this.view.curves.forEach((curve, i) => {
      const known = curve.count - first;
      if (block > 1 && known > 0) return; // re-opened: missing values arrive with the next frames
      curve.append(values[i].subarray(known), count - known, block);
    });
  }

  // ---- what the player asks

  get fields() {
    const { x, y, output } = this.#plane;
    return {
      views: [...this.view.views], plane_x: x, plane_y: y, plane_output: output, sample: this.view.sample,
      known_plane: this.view.plane, known_losses: this.view.curves[0]?.count ?? 0,
      ...this.#chosen,
    };
  }

  /** Return what points of the curves of scores and of norms are missing. */
  wanted(trained) {
    const { views, scores, norms } = this.view;
    const missing = {
      ...(views.has("score") && scores.needsMore(trained) && { scores_after: scores.after }),
      ...(views.has("norms") && norms.needsMore(trained) && { norms_after: norms.after }),
    };
    return Object.keys(missing).length ? missing : undefined;
  }

  // ---- views

  #toggleView(view) {
    const views = this.#toggled(view);
    if (!ARRANGEMENTS.includes(view)) return this.#showViews(views);
    this.#show(views);
    this.player.request();
  }

  /** Show or hide a part of the page below, of the epoch at which the film then rests. */
  #togglePart(part) {
    this.view.views = this.#toggled(part);
    if (part === "weight") this.#chosen = this.view.views.has(part) ? this.view.weight : undefined;
    this.#showParts();
  }

  /** Select the weight below the pointer, if there is one, and show it over all epochs, or have the page show it. */
  #click({ target, offsetX, offsetY, clientY }) {
    const found = target.tagName === "CANVAS" && this.view.at(target, offsetX, offsetY);
    if (!found?.hint) return;
    this.view.weight = this.#chosen = found.weight;
    if (!this.#trains) {
      this.view.redraw();
      return this.player.request();
    }
    if (!this.view.views.has("weight")) {
      this.view.views = this.#toggled("weight");
      this.source.reveal(clientY);
      this.tip.hide();
    }
    this.#showParts();
  }

  #showParts() {
    this.epochSwitches.update(this.#status, this.view.views);
    this.view.redraw();
    if (this.#status.playing) this.player.pause();
    else this.player.rest();
  }

  /** Return the views with that one switched. */
  #toggled(view) {
    const views = new Set(this.view.views);
    if (!views.delete(view)) views.add(view);
    return views;
  }

  #choosePlane(axes) {
    Object.assign(this.#plane, axes);
    this.#showViews(this.view.views);
  }

  /** Show other views, whose data frames carry. */
  #showViews(views) {
    this.#show(views);
    this.player.reload();
  }

  #show(views) {
    this.view.show(views);
    this.presentation.show(this.view.fills);
    this.switches.update(views, this.view.scene);
  }

  // ---- drawing

  announce(verb, { epoch, losses }) {
    this.live.textContent = `${verb} at epoch ${epoch}, C = ${short(losses[0])}`;
  }

  update(status) {
    this.#status = status;
    const error = this.#error || this.view.error || "";
    const { dataset } = this.element;
    Object.assign(dataset, { state: status.state, epoch: status.frame?.epoch ?? "", frames: status.drawn });
    if (error) dataset.error = error;
    else delete dataset.error;
    this.controls.update(status);
    this.readout.update(status, this.view.scene, error);
    this.messages.update(status);
    this.epochSwitches.update(status, this.view.views);
  }
}

const isSame = (weight, other) => ["layer", "row", "column"].every((name) => weight[name] === other?.[name]);
