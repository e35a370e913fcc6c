// The stage: plays the training as a film from a buffer of frames that it refills from the server.
import { Curve, Frames, unpack } from "./buffer.js";
import { short } from "../draw/numbers.js";
import { make, mount } from "../dom.js";
import { redrawAt } from "./follow.js";
import { updateAddress, updateEpoch, updateEpochThrottled } from "../streamlit/copy_link.js";
import { PageLink } from "../streamlit/page_link.js";
import { retryDelay, TRIES } from "./retry.js";
import { StageView } from "./stage_view.js";
import { Readout } from "./readout.js";
import { Switches } from "./switches.js";
import { Tooltip } from "../draw/tooltip.js";
import { Controls } from "./controls.js";

const AHEAD = 120; // frames: with fewer in the buffer, request more
const CHUNK = 600; // frames in a full buffer
const CHECK = 500; // ms between two checks for an overdue answer
const NEWS = 100; // ms after a new run until the page, if it was redrawn for it, is complete
const SETTLE = 200; // ms after the last step before the page is redrawn
const REDUCED = { between: 250, epochs: 15 }; // with reduced motion: ms between frames, epochs per frame
const MAX_DELAY = 500; // ms at most that a frame is delayed for an even pace

/** Handle every message from Streamlit; the stage itself stays. */
export const stage = mount(() => new Stage(), (view, { data, setTriggerValue }) => {
  view.send = (request) => setTriggerValue("pull", request);
  view.receiveBytes(data);
});

/** The film of a run: playback, seeking, views, and the exchange with the server. */
class Stage {
  #token = "";
  #lineage = ""; // of a run and those that continue it
  #frame = undefined; // the frame on display
  #furthest = 0; // the latest epoch that was on display
  #target = undefined; // an epoch to show as soon as its frame is there
  #targetMessage = undefined; // announced with the target; then the page is redrawn
  #goal = undefined; // where training runs to: { epoch } or { loss }
  #playing = false;
  #speed = 1;
  #serverStride = Infinity; // epochs per frame that the server sends where training is slow
  #views = new Set(); // shown beside W1, W2 and the loss
  #viewsSequence = 0; // the first request since the views changed
  #plane = { x: 0, y: 1, output: -1 };
  #holding = false; // paused until the server has applied a changed setting at the epoch on display
  #pending = undefined; // the unanswered request: { sequence, time, tries, rest, reset }
  #sequence = 0;
  #drawCount = 0;
  #supply = { time: 0, each: 0, count: 0 }; // time of the latest frames, ms per frame, how many
  #nextTime = 0; // the earliest time of the next frame
  #settleTimer = undefined;
  #openTimer = undefined; // of a newly opened run
  #error = ""; // what is wrong with the latest message
  #retryTimer; #animation; // of overdue answers, and of the next animation frame
  #observer = new ResizeObserver(() => this.#layout());
  #reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  #link = new PageLink(() => this.#busy, () => this.#flush());

  constructor() {
    this.controls = new Controls({
      toggle: () => (this.#playing ? this.pause() : this.play()),
      step: () => this.#stepTo(this.#epoch + 1), back: () => this.#stepTo(this.#epoch - 1),
      first: () => this.#stepTo(0), last: () => this.#stepTo(this.#furthest),
      reset: () => this.#reset(),
      scrub: (epoch) => this.#seek(epoch),
      rest: () => this.#commit("Now"),
      speed: (speed) => ([this.#speed, this.#serverStride] = [speed, Infinity]),
      run: (goal) => this.#runTo(goal),
    });
    this.readout = new Readout();
    this.switches = new Switches((view) => this.#toggleView(view));
    this.view = new StageView((change) => this.#change(change));
    this.live = make("div", { class: "hidden", "aria-live": "polite" });
    this.element = make(
      "section",
      { "data-testid": "stage", "data-state": "waiting", "data-frames": 0, tabindex: 0, "aria-label": "Training, epoch by epoch" },
      this.controls.element, this.readout.element, this.switches.element, this.view.element, this.live,
    );
    this.tip = new Tooltip(this.element, (canvas, x, y) => this.view.at(canvas, x, y));
    this.element.append(this.tip.element);
    this.element.onkeydown = (event) => this.controls.handleKey(event);
  }

  open(root) {
    root.append(this.element);
    this.#observer.observe(this.element);
    this.#retryTimer = setInterval(() => this.#retry(), CHECK);
    this.#link.open();
    if (this.#playing) this.#run();
    if (this.#settleTimer) this.#settle(); // the stage was closed before it ended
  }

  close() {
    cancelAnimationFrame(this.#animation);
    this.#observer.disconnect();
    this.#link.close();
    clearInterval(this.#retryTimer);
    clearTimeout(this.#settleTimer);
    clearTimeout(this.#openTimer);
    this.element.remove();
  }

  get #epoch() { return this.#target ?? this.#frame?.epoch ?? 0; }

  /** The epochs per frame at most; fewer where training is slower than the screen. */
  get #stride() { return this.#reducedMotion.matches ? Math.min(1000, this.#speed * REDUCED.epochs) : this.#speed; }

  get #strides() { return [Math.min(this.#stride, this.#serverStride), this.#stride]; }

  get #busy() { return Boolean(this.#playing || this.#pending || this.#settleTimer); }

  /** Handle a message as bytes, or show what is wrong with it. */
  receiveBytes(bytes) {
    let answer;
    this.#error = "";
    try {
      answer = unpack(bytes);
    } catch (error) {
      this.#error = error.message;
      return this.#updateState();
    }
    this.receive(answer);
  }

  /** Handle an answer. The same one again changes nothing. */
  receive(answer) {
    if (answer.token !== this.#token) {
      if (!answer.scene) return this.#token || this.send({}); // of a run that is not shown here
      const reset = this.#pending?.reset && answer.lineage === this.#lineage; // requested of a run that was continued meanwhile
      this.#openRun(answer);
      if (reset) this.#reset();
      clearTimeout(this.#openTimer);
      this.#openTimer = setTimeout(() => this.#syncPage(), NEWS);
    }
    if (answer.address) updateAddress(answer.address);
    const stale = answer.sequence < this.#viewsSequence; // its frames are for other views
    const committed = this.#pending?.rest;
    if (answer.sequence >= (this.#pending?.sequence ?? 0)) this.#pending = undefined;
    if (this.#pending) this.#pending.tries = Math.min(this.#pending.tries, TRIES); // the server is there: retry soon
    else this.#link.followWaiting();
    if (committed && !this.#pending) this.#syncPage();
    this.trained = Math.max(this.trained, answer.trained);
    this.length = answer.length;
    this.ended = answer.ended;
    this.why = answer.why;
    this.lost = answer.lost;
    this.#addLosses(answer.losses);
    this.view.loss.marks = answer.marks;
    this.view.loss.breaks = answer.breaks;
    if (answer.scores) this.view.scores.add(answer.scores);
    if (answer.plane) this.view.setPlane(answer.plane);
    if (!stale) this.#addFrames(answer);
    this.#restyle();
    if (this.#target === undefined && !this.#frame) this.#target = answer.epoch;
    if (this.ended && this.#target > this.trained) this.#target = this.trained;
    if (this.#goal && answer.sequence >= this.#goal.since) this.#updateGoal(answer);
    else this.#showTarget();
    if (answer.scores && this.#frame) this.#draw();
    if (answer.pending && !this.#holding) {
      this.#holding = true;
      this.#request();
    } else this.#fillBuffer();
    this.#updateState();
  }

  play() {
    if (this.ended && this.#epoch >= this.trained) this.#seek(0); // at the end: play it again
    this.#playing = true;
    this.readout.start(this.#epoch, this.#drawCount);
    this.#supply = { time: performance.now(), each: 0, count: 0 };
    this.#fillBuffer();
    this.#updateState();
    this.#run();
  }

  pause(verb = "Paused") {
    this.#playing = false;
    this.#goal = undefined;
    this.#request({ rest: true });
    this.#updateState();
    this.#announce(verb);
  }

  #announce(verb) {
    this.live.textContent = `${verb} at epoch ${this.#epoch}, C = ${short(this.#frame?.losses[0])}`;
  }

  #reset() {
    this.#playing = false;
    this.#goal = undefined;
    this.#request({ reset: true, rest: true });
    this.#updateState();
  }

  /** Go to an epoch; after the last key, redraw the page for it. */
  #stepTo(epoch) {
    this.#seek(epoch);
    this.#settle();
  }

  #settle() {
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => this.#commit("Now"), SETTLE);
  }

  /** Redraw the page for the epoch on display, or for the target once it is there. */
  #commit(verb) {
    this.#settleTimer = clearTimeout(this.#settleTimer);
    this.#targetMessage = this.#target === undefined ? undefined : verb;
    if (this.#targetMessage) return;
    this.#request({ rest: true });
    this.#announce(verb);
  }

  #seek(epoch) {
    this.#playing = false;
    this.#goal = this.#targetMessage = undefined;
    const last = this.ended ? this.trained : this.length;
    this.#target = Math.min(Math.max(epoch, 0), last);
    this.readout.seek(this.#frame?.epoch);
    this.#showTarget();
    if (this.#target !== undefined && !this.#pending) this.#request();
    this.#updateState();
  }

  /** Show the target if its frame is there, else request it. */
  #showTarget() {
    const frame = this.frames.at(this.#target);
    if (!frame) return this.#target !== undefined && !this.#pending && this.#token && this.#request();
    this.#reachTarget(frame);
  }

  #reachTarget(frame) {
    this.#target = undefined;
    this.#show(frame);
    if (this.#targetMessage) this.#commit(this.#targetMessage);
  }

  // ---- playing

  #run() {
    cancelAnimationFrame(this.#animation);
    this.#animation = requestAnimationFrame(this.#tick);
  }

  #tick = (now) => {
    if (!this.#playing) return;
    this.#run();
    if (this.#holding || this.#goal || this.#target !== undefined || now < this.#nextTime) return;
    const frame = this.frames.next(this.#epoch, ...this.#strides);
    if (frame) {
      this.#nextTime = now + (this.#reducedMotion.matches ? REDUCED.between : this.#delay);
      this.#show(frame);
    } else if (this.ended && this.#epoch >= this.trained) this.pause("Ended");
    this.#fillBuffer();
  };

  /**
   * The ms by which to delay the next frame. While few are buffered, training is slower than the
   * screen: they are shown evenly, not in bursts. With more than one answer's frames buffered there
   * is no need to wait, and waiting would make answers seem slower than they are.
   */
  get #delay() {
    const { each, count } = this.#supply;
    if (each <= 1000 / 60) return 0;
    return this.frames.ahead(this.#epoch, count, ...this.#strides).count < count ? 0.9 * each : 0;
  }

  #show(frame) {
    this.#frame = frame;
    this.#furthest = Math.max(this.#furthest, frame.epoch);
    this.#drawCount += 1;
    this.#draw();
    this.element.dataset.frames = this.#drawCount;
    if (this.#playing) updateEpochThrottled(frame.epoch);
    this.#updateState();
  }

  // ---- running to a goal

  #runTo(goal) {
    if (goal.epoch <= this.trained) return this.#stepTo(goal.epoch);
    this.#target = undefined;
    this.#goal = { ...goal, since: this.#sequence + 1 };
    this.#playing = true;
    this.readout.start(this.#epoch, this.#drawCount, goal);
    this.#request();
    this.#updateState();
  }

  #updateGoal({ whole, reached }) {
    if (whole && whole.epoch > this.#epoch) this.#show(whole);
    const met = reached !== null;
    if (!met && !this.ended) return this.#pending || this.#request();
    const { loss } = this.#goal;
    this.#seek(met ? reached : this.trained);
    if (!met && loss !== undefined) this.readout.setMessage(`C did not fall below ${short(loss)} in this run`);
    this.#commit(met ? "Arrived" : "Ended");
  }

  // ---- views

  #toggleView(view) {
    const views = new Set(this.#views);
    if (!views.delete(view)) views.add(view);
    this.#showViews(views);
  }

  #change({ edges, ...plane }) {
    const views = new Set(this.#views);
    if (edges !== undefined) views[edges ? "add" : "delete"]("network_gradients");
    this.#plane = { ...this.#plane, ...plane };
    this.#showViews(views);
  }

  /** Show other views. Frames carry the data of the views, so the buffer is emptied. */
  #showViews(views) {
    this.#views = views;
    this.frames = new Frames();
    this.#viewsSequence = this.#sequence + 1;
    this.view.show(views);
    this.switches.update(views, this.view.scene);
    if (!this.#playing && this.#target === undefined) this.#target = this.#epoch;
    this.#request();
    this.#layout();
    this.#updateState();
  }

  /** Redraw the rest of the page, and set its address. */
  #syncPage() {
    if (this.#isAway || !this.#frame) return;
    const [token, playing, epoch] = [this.#token, this.#playing, this.#epoch];
    if (!playing) updateEpoch(epoch);
    const still = () => !this.#isAway && this.#playing === playing && (playing || this.#epoch === epoch);
    redrawAt({ token, ...(playing ? {} : { epoch }) }, still);
  }

  // ---- requests

  /** Whether the page is being left: a request would be sent from another page. */
  get #isAway() { return this.#link.leaving || !this.element.isConnected; }

  #fillBuffer() {
    if (this.#pending || this.#holding || this.#goal) return;
    if (this.#needsFrames || this.#needsScores) this.#request();
  }

  get #needsFrames() {
    if (!this.#playing) return false;
    const { count, last } = this.frames.ahead(this.#epoch, AHEAD, ...this.#strides);
    return count < AHEAD && !(this.ended && last >= this.trained);
  }

  /** Whether points of the score's curve are missing; a pending seek comes first. */
  get #needsScores() {
    return this.#views.has("score") && this.#target === undefined && this.view.scores.needsMore(this.trained);
  }

  /** Send the whole state in one request: a newer one replaces an older. */
  #request({ rest = false, reset = false } = {}) {
    if (this.#isAway) return;
    if (rest || reset || this.#playing) this.#settleTimer = clearTimeout(this.#settleTimer);
    const tries = (this.#pending?.tries ?? 0) + 1;
    // A newer request replaces an older one, so it repeats what that one asked for.
    rest ||= Boolean(this.#pending?.rest) && !this.#playing;
    reset ||= Boolean(this.#pending?.reset);
    this.#pending = { sequence: ++this.#sequence, time: performance.now(), tries, rest, reset };
    this.send({
      sequence: this.#sequence,
      token: this.#token,
      epoch: this.#frame?.epoch ?? 0,
      playing: this.#playing,
      holding: this.#holding,
      rest,
      reset,
      known_losses: this.curves[0].count,
      views: [...this.#views],
      plane_x: this.#plane.x, plane_y: this.#plane.y, plane_output: this.#plane.output,
      known_plane: this.view.plane,
      ...(this.#needsScores ? { scores_after: this.view.scores.after } : {}),
      ...this.#requestFields(),
    });
  }

  #requestFields() {
    if (this.#goal) return this.#goal.loss === undefined ? { goal_epoch: this.#goal.epoch } : { goal_loss: this.#goal.loss };
    if (this.#target !== undefined) return { seek: this.#target };
    if (this.#holding || !this.#frame) return {};
    if (!this.#playing) return this.#frame.whole ? {} : { seek: this.#frame.epoch };
    const { count, last } = this.frames.ahead(this.#epoch, CHUNK, ...this.#strides);
    return { after: last, frames: CHUNK - count, stride: this.#stride };
  }

  /** Send the state before the page is left: it need not be redrawn any more. */
  #flush() {
    const reset = this.#pending?.reset;
    this.#playing = false;
    this.#pending = undefined;
    this.#request({ reset });
  }

  #retry() {
    if (!this.#pending || performance.now() - this.#pending.time < retryDelay(this.#pending.tries)) return;
    this.#request(this.#pending);
    this.#updateState();
  }

  // ---- answers

  #openRun(answer) {
    this.#token = answer.token;
    this.#sequence = Math.max(this.#sequence, answer.sequence);
    this.#pending = this.#frame = this.#goal = this.#targetMessage = undefined;
    this.#holding = false;
    this.#viewsSequence = 0;
    this.#target = answer.epoch;
    this.#furthest = this.trained = answer.trained;
    this.length = answer.length;
    this.frames = new Frames();
    this.curves = Array.from({ length: answer.losses.curves }, () => new Curve());
    this.#setScene(answer.scene, answer.previous);
    // Play or Pause may have been pressed while a changed setting was on its way: keep that.
    const playing = answer.lineage === this.#lineage ? this.#playing : answer.playing;
    if (playing && !this.#playing) this.#run();
    this.#playing = playing;
    this.#lineage = answer.lineage;
  }

  #setScene(scene, previous) {
    this.#views = new Set(scene.views);
    const [x, y, output] = scene.plane;
    this.#plane = { x, y, output };
    this.view.setScene(scene, this.curves.length, previous);
    this.view.show(this.#views);
    this.switches.update(this.#views, scene);
  }

  #addLosses({ first, count, block, values }) {
    this.curves.forEach((curve, i) => {
      const known = curve.count - first;
      if (block > 1 && known > 0) return; // re-opened: missing values arrive with the next frames
      curve.append(values[i].subarray(known), count - known, block);
    });
  }

  #addFrames({ whole, frames, stride }) {
    if (stride !== null) this.#serverStride = stride;
    for (const frame of frames) this.frames.add(frame);
    const now = performance.now();
    if (frames.length) {
      const each = Math.min(MAX_DELAY, (now - this.#supply.time) / frames.length);
      this.#supply = { time: now, each, count: frames.length };
    }
    const latest = whole ?? frames.at(-1);
    if (this.#goal || !latest || (this.#playing && this.#target === undefined)) return;
    if (whole?.epoch === this.#epoch) this.#reachTarget(whole);
    else if (this.#target === undefined) this.#frame?.whole || this.#pending || this.#request(); // a frame in full precision is requested
    else if (this.#frame?.epoch !== this.#target) this.#show(latest); // progress towards the target
  }

  // ---- drawing

  #restyle() {
    if (this.element.isConnected) this.view.restyle(this.element); // else there are no styles to read
  }

  #layout() {
    this.view.layout(this.element.clientWidth);
  }

  #draw() {
    this.view.draw(this.#frame, this.curves, this.#furthest);
    this.tip.refresh();
  }

  /** Show the state: attributes, controls, the line of numbers. */
  #updateState() {
    const atEnd = this.ended && this.#frame?.epoch >= this.trained && this.#target === undefined;
    const state = this.lost || this.#pending?.tries > TRIES ? "lost"
      : !this.#frame ? "waiting"
      : this.#playing ? "playing"
      : atEnd ? this.ended
      : this.#target !== undefined ? "waiting" : "paused";
    this.element.dataset.state = state;
    this.element.dataset.epoch = this.#frame?.epoch ?? "";
    const error = this.#error || this.view.error;
    if (error) this.element.dataset.error = error;
    else delete this.element.dataset.error;
    this.controls.update(this.#playing, this.#epoch, this.#furthest, this.length);
    const { length, ended, trained, why } = this;
    this.readout.update(state, this.#frame, { length, why, gone: this.lost, last: ended ? trained : length, target: this.#target, drawn: this.#drawCount, error, score: this.view.scene?.score, rate: this.view.scene?.base_rate, scored: this.view.scene?.scored });
  }
}
