// The player: shows epochs from a buffer that it refills from a source. It knows neither the server nor the drawings.
import { Frames } from "./buffer.js";
import { Exchange } from "./exchange.js";

const AHEAD = 120; // frames: with fewer in the buffer, request more
const CHUNK = 600; // frames in a full buffer
const NEWS = 100; // ms after a new run until the page, if it was redrawn for it, is complete
const SETTLE = 200; // ms after the last step before the page is redrawn
const REDUCED = { between: 250, epochs: 15 }; // with reduced motion: ms between frames, times the epochs per frame
const MAX_STRIDE = 1000; // epochs per frame that a source sends at most
const MAX_DELAY = 500; // ms at most that a frame is delayed for an even pace
const NO_RUN = { trained: 0, length: 0, ended: "", why: "", lost: false };

/**
 * Play, pause, seeking, running to a goal, and the exchange of requests and answers.
 *
 * The source:  send(request), whose answer comes to `receive` at any time, or never;
 *              away: whether nothing may be sent; atRest(): the latest request is answered;
 *              openedRun(address), shown(epoch, playing), rested({ token, epoch }, wanted): see streamlit/source.js.
 * The view:    openRun(answer, newer), with what was chosen here since, if anything; add(answer): takes up its data, returns whether to draw again; draw(frame, furthest); update(status);
 *              announce(verb, frame); fields: its part of a request; wanted(trained): more of it, if data is missing.
 * An answer:   token, sequence, trained, length, ended, why, lost; frames, or one `whole` in full precision, and their `stride`;
 *              `pending`: a changed setting waits for the epoch on display; `reached`: the goal's epoch. The first of a run also:
 *              `scene`, lineage, epoch, playing, address, and a `film` (see buffer.js) if all frames are there at once.
 *              Of a run that is still being prepared: token, sequence, `training`.
 */
export class Player {
  #source; #view;
  #token = "";
  #lineage = ""; // of a run and those that continue it
  #run = NO_RUN; // what the latest answer says of it
  #frames = new Frames();
  #frame = undefined; // the frame on display
  #furthest = 0; // the latest epoch that was on display
  #drawn = 0; // frames so far
  #target = undefined; // an epoch to show as soon as its frame is there
  #targetMessage = undefined; // announced with the target; then the page is redrawn
  #goal = undefined; // where training runs to: { epoch } or { loss }
  #course = {}; // since the last action: { from: its epoch, goal, missed: a loss that was not reached }
  #playing = false;
  #speed = 1; // epochs per frame
  #serverStride = Infinity; // epochs per frame that the source sends where training is slow
  #reloaded = 0; // the first request since what frames carry has changed
  #holding = false; // paused until the server has applied a changed setting at the epoch on display
  #unanswered = true; // since it was opened
  preparing = undefined; // the answer of a run that is still being prepared
  #supply = { time: 0, each: 0, count: 0 }; // time of the latest frames, ms per frame, how many
  #nextTime = 0; // the earliest time of the next frame
  #settleTimer = undefined;
  #openTimer = undefined; // of a newly opened run
  #animation; // the next animation frame
  #exchange = new Exchange(() => this.#repeat());
  #reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(source, view) {
    this.#source = source;
    this.#view = view;
  }

  open() {
    this.#unanswered = true;
    this.#exchange.resume();
    if (this.#playing) this.#animate();
    if (this.#settleTimer) this.#settle(); // it was closed before that ended
  }

  close() {
    cancelAnimationFrame(this.#animation);
    this.#exchange.pause();
    clearTimeout(this.#settleTimer);
    clearTimeout(this.#openTimer);
  }

  get epoch() { return this.#target ?? this.#frame?.epoch ?? 0; }

  /** Whether a request is on its way, or soon will be. */
  get busy() { return Boolean(this.#playing || this.#exchange.pending || this.#settleTimer); }

  /** Whether it trains up to the target, an epoch beyond the trained ones. */
  get #isTraining() { return this.#target > this.#run.trained; }

  get #atEnd() { return Boolean(this.#run.ended) && this.epoch >= this.#run.trained; }

  get #state() {
    if (this.#run.lost || this.#exchange.lost) return "lost";
    if (this.preparing) return "training";
    if (!this.#frame) return "waiting";
    if (this.#playing) return "playing";
    if (this.#target !== undefined) return "waiting";
    return this.#atEnd ? this.#run.ended : "paused";
  }

  // ---- actions

  toggle() { return this.#playing || this.#isTraining ? this.pause() : this.play(); }

  play() {
    if (this.#atEnd) this.seek(0); // play it again
    this.#playing = true;
    this.#course = { from: this.epoch };
    this.#supply = { time: performance.now(), each: 0, count: 0 };
    this.#fillBuffer();
    this.#update();
    this.#animate();
  }

  /** Stay at the epoch on display, also on the way to one that is still to be trained. */
  pause(verb = "Paused") {
    this.#stop();
    if (this.#isTraining) this.#target = this.#targetMessage = undefined;
    this.request({ rest: true });
    this.#update();
    this.#announce(verb);
  }

  /** Have the server do that to the run: see ACTIONS in pages/ui/state/stage_request.py. */
  act(action) {
    this.#stop();
    this.request({ action, rest: true });
    this.#update();
  }

  /** Go to the next (1) or previous (−1) epoch that there is. */
  step(by) { this.#stepTo(this.#frames.step(this.#isTraining ? this.#frame.epoch : this.epoch, by)); }

  first() { this.#stepTo(0); }

  last() { this.#stepTo(this.#furthest); }

  setSpeed(epochs) {
    this.#speed = epochs;
    this.#serverStride = Infinity;
  }

  /** Show an epoch; `rest` follows when that is where the film stays. */
  seek(epoch) {
    this.#playing = false;
    this.#goal = this.#targetMessage = undefined;
    const { ended, trained, length } = this.#run;
    this.#target = Math.min(Math.max(epoch, 0), ended ? trained : length);
    this.#course = { from: this.#frame?.epoch };
    this.#showTarget();
    if (this.#target !== undefined && !this.#exchange.pending) this.request();
    this.#update();
  }

  /** Redraw the page for the epoch on display, or for the target once it is there. */
  rest(verb = "Now") {
    this.#settleTimer = clearTimeout(this.#settleTimer);
    this.#targetMessage = this.#target === undefined ? undefined : verb;
    if (this.#targetMessage) return;
    this.request({ rest: true });
    this.#announce(verb);
  }

  /** Train as fast as possible to { epoch } or until C is below { loss }. */
  runTo(goal) {
    if (goal.epoch <= this.#run.trained) return this.#stepTo(goal.epoch);
    this.#target = undefined;
    this.#goal = { ...goal, since: this.#exchange.sequence + 1 };
    this.#playing = true;
    this.#course = { from: this.epoch, goal };
    this.request();
    this.#update();
  }

  /** Request the frames anew: what they carry has changed. */
  reload() {
    this.#frames.clear();
    this.#reloaded = this.#exchange.sequence + 1;
    if (!this.#playing && this.#target === undefined) this.#target = this.epoch;
    this.request();
    this.#update();
  }

  /** Send the state before the page is left: it need not be redrawn any more. */
  flush() {
    const action = this.#exchange.pending?.action;
    this.#playing = false;
    this.#exchange.forget();
    this.request({ action });
  }

  // ---- answers

  /** Handle an answer. The same one again changes nothing. */
  receive(answer) {
    const opens = answer.token !== this.#token && !answer.training;
    if (opens && !answer.scene) return this.#exchange.pending || this.request(); // of a run that is not shown here: ask for it
    if (opens) this.#openRun(answer);
    const stale = answer.sequence < this.#reloaded; // its frames carry something else
    this.#unanswered = false;
    this.#endRequest(answer.sequence);
    this.preparing = answer.training && answer;
    if (this.preparing) {
      this.#stop();
      this.#update();
      return this.request(); // until the run is there
    }
    const { trained, length, ended, why, lost } = { ...this.#run, ...answer };
    this.#run = { trained: Math.max(this.#run.trained, trained), length, ended, why, lost };
    const redraw = this.#view.add(answer);
    if (!stale) this.#addFrames(answer);
    if (this.#target === undefined && !this.#frame) this.#target = answer.epoch;
    if (ended && this.#target > trained) this.#target = this.#run.trained;
    if (this.#goal && answer.sequence >= this.#goal.since) this.#updateGoal(answer);
    else this.#showTarget();
    if (redraw) this.#draw();
    if (answer.pending && !this.#holding) {
      this.#holding = true;
      this.request();
    } else this.#fillBuffer();
    this.#update();
  }

  #openRun(answer) {
    const continues = answer.lineage === this.#lineage;
    const newer = !this.#unanswered && this.#exchange.pending?.sequence > answer.sequence; // something was done here since
    const { action } = this.#exchange.pending ?? {}; // `act` has stopped the film before
    const reset = continues && action === "reset"; // requested of a run that was continued meanwhile
    this.#token = answer.token;
    this.#lineage = answer.lineage;
    this.#exchange.sequence = Math.max(this.#exchange.sequence, answer.sequence);
    this.#exchange.forget();
    this.#frame = this.#goal = this.#targetMessage = undefined;
    this.#holding = false;
    this.#reloaded = 0;
    this.#target = answer.epoch;
    this.#furthest = answer.trained;
    this.#run = { ...NO_RUN, trained: answer.trained, length: answer.length };
    this.#frames = answer.film ?? new Frames();
    this.#view.openRun(answer, newer);
    // Play or Pause may have been pressed while a new run or setting was on its way: keep that.
    const playing = continues || newer || action ? this.#playing : Boolean(answer.playing);
    if (playing && !this.#playing) this.#animate();
    this.#playing = playing;
    this.#source.openedRun(answer.address);
    if (reset) this.act("reset");
    else if (newer) this.request();
    clearTimeout(this.#openTimer);
    this.#openTimer = setTimeout(() => this.#follow(), NEWS);
  }

  #endRequest(sequence) {
    const rested = this.#exchange.pending?.rest;
    this.#exchange.end(sequence);
    if (this.#exchange.pending) return;
    this.#source.atRest();
    if (rested) this.#follow();
  }

  #addFrames({ whole, frames = [], stride }) {
    if (stride) this.#serverStride = stride;
    for (const frame of frames) this.#frames.add(frame);
    const now = performance.now();
    if (frames.length) {
      const each = Math.min(MAX_DELAY, (now - this.#supply.time) / frames.length);
      this.#supply = { time: now, each, count: frames.length };
    }
    const latest = whole ?? frames.at(-1);
    if (this.#goal || !latest || (this.#playing && this.#target === undefined)) return;
    if (whole?.epoch === this.epoch) this.#reachTarget(whole);
    else if (this.#target === undefined) this.#frame?.whole || this.#exchange.pending || this.request(); // in full precision
    else if (this.#frame?.epoch !== this.#target) this.#show(latest); // progress towards the target
  }

  /** Show the target if its frame is there, else request it. */
  #showTarget() {
    if (this.#target === undefined) return;
    const frame = this.#frames.at(this.#target);
    if (frame) this.#reachTarget(frame);
    else if (!this.#exchange.pending && this.#token) this.request();
  }

  #reachTarget(frame) {
    this.#target = undefined;
    this.#show(frame);
    if (this.#targetMessage) this.rest(this.#targetMessage);
  }

  #updateGoal({ whole, reached }) {
    if (whole && whole.epoch > this.epoch) this.#show(whole);
    const met = reached !== null;
    if (!met && !this.#run.ended) return this.#exchange.pending || this.request();
    const { loss } = this.#goal;
    this.seek(met ? reached : this.#run.trained);
    if (!met && loss !== undefined) this.#course = { ...this.#course, missed: loss };
    this.rest(met ? "Arrived" : "Ended");
  }

  // ---- playing

  #stop() {
    this.#playing = false;
    this.#goal = undefined;
  }

  #stepTo(epoch) {
    this.seek(epoch);
    this.#settle();
  }

  /** Redraw the page after the last step. */
  #settle() {
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => this.rest(), SETTLE);
  }

  #animate() {
    cancelAnimationFrame(this.#animation);
    this.#animation = requestAnimationFrame(this.#tick);
  }

  #tick = (now) => {
    if (!this.#playing) return;
    this.#animate();
    if (this.#holding || this.#goal || this.#target !== undefined || now < this.#nextTime) return;
    const frame = this.#frames.next(this.epoch, ...this.#strides);
    if (frame) {
      this.#nextTime = now + (this.#reducedMotion.matches ? REDUCED.between : this.#delay);
      this.#show(frame);
    } else if (this.#atEnd) this.pause("Ended");
    this.#fillBuffer();
  };

  #show(frame) {
    this.#frame = frame;
    this.#furthest = Math.max(this.#furthest, frame.epoch);
    this.#drawn += 1;
    this.#draw();
    this.#source.shown(frame.epoch, this.#playing);
    this.#update();
  }

  /** The epochs per frame at most; fewer where training is slower than the screen. */
  get #stride() { return this.#reducedMotion.matches ? Math.min(MAX_STRIDE, this.#speed * REDUCED.epochs) : this.#speed; }

  get #strides() { return [Math.min(this.#stride, this.#serverStride), this.#stride]; }

  /**
   * The ms by which to delay the next frame. While few are buffered, training is slower than the
   * screen: they are shown evenly, not in bursts. With more than one answer's frames buffered there
   * is no need to wait, and waiting would make answers seem slower than they are.
   */
  get #delay() {
    if (this.#frames.pace) return this.#frames.pace;
    const { each, count } = this.#supply;
    if (each <= 1000 / 60) return 0;
    return this.#frames.ahead(this.epoch, count, ...this.#strides).count < count ? 0.9 * each : 0;
  }

  #draw() {
    if (this.#frame) this.#view.draw(this.#frame, this.#furthest);
  }

  // ---- requests

  /** Send the whole state in one request: a newer one replaces an older, and repeats what that one asked for. */
  request({ rest = false, action = "" } = {}) {
    if (this.#source.away) return;
    if (rest || action || this.#playing) this.#settleTimer = clearTimeout(this.#settleTimer);
    rest ||= Boolean(this.#exchange.pending?.rest) && !this.#playing;
    action ||= this.#exchange.pending?.action ?? "";
    this.#source.send({
      sequence: this.#exchange.begin({ rest, action }),
      token: this.preparing?.token ?? this.#token,
      epoch: this.#frame?.epoch ?? 0,
      playing: this.#playing,
      holding: this.#holding,
      rest,
      action,
      ...this.#view.fields,
      ...this.#wanted,
      ...this.#wantedFrames,
    });
  }

  /** Repeat the request whose answer is overdue. */
  #repeat() {
    this.request(this.#exchange.pending);
    this.#update();
  }

  #fillBuffer() {
    if (this.#exchange.pending || this.#holding || this.#goal) return;
    if (this.#needsFrames || this.#wanted) this.request();
  }

  get #needsFrames() {
    if (!this.#playing) return false;
    const { count, last } = this.#frames.ahead(this.epoch, AHEAD, ...this.#strides);
    return count < AHEAD && !(this.#run.ended && last >= this.#run.trained);
  }

  /** What the view is missing, if anything; a pending seek comes first. */
  get #wanted() { return this.#target === undefined ? this.#view.wanted(this.#run.trained) : undefined; }

  get #wantedFrames() {
    if (this.#goal) return this.#goal.loss === undefined ? { goal_epoch: this.#goal.epoch } : { goal_loss: this.#goal.loss };
    if (this.#target !== undefined) return { seek: this.#target };
    if (this.#holding || !this.#frame) return {};
    if (!this.#playing) return this.#frame.whole ? {} : { seek: this.#frame.epoch };
    const { count, last } = this.#frames.ahead(this.epoch, CHUNK, ...this.#strides);
    return { after: last, frames: CHUNK - count, stride: this.#stride };
  }

  // ---- the page

  #announce(verb) {
    if (this.#frame) this.#view.announce(verb, this.#frame);
  }

  /** Have the rest of the page redrawn. */
  #follow() {
    if (!this.#frame) return;
    const [token, playing, epoch] = [this.#token, this.#playing, this.epoch];
    const wanted = () => this.#playing === playing && (playing || this.epoch === epoch);
    this.#source.rested({ token, ...(playing ? {} : { epoch }) }, wanted);
  }

  #update() {
    this.#view.update({
      ...this.#run, state: this.#state, playing: this.#playing, preparing: this.preparing, epoch: this.epoch,
      frame: this.#frame, drawn: this.#drawn, training: this.#isTraining, target: this.#target, course: this.#course,
    });
  }
}
