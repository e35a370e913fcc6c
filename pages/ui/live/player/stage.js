// The stage: a film of the training that the browser plays from its buffer and pulls as it goes.
import { Curve, Frames, unpack } from "./buffer.js";
import { short } from "../draw/colours.js";
import { make, mount } from "../dom.js";
import { standAt } from "./follow.js";
import { lead, pauseAt, playAt } from "../streamlit/copy_link.js";
import { PageLink } from "../streamlit/page_link.js";
import { patience, TRIES } from "./patience.js";
import { Picture } from "./stage_view.js";
import { Readout } from "./readout.js";
import { Switches } from "./switches.js";
import { Tip } from "../draw/tooltip.js";
import { Transport } from "./controls.js";

const AHEAD = 120; // frames: with fewer in the buffer, ask
const CHUNK = 600; // frames: fill the buffer up to this
const LOOK = 500; // ms from one look at how long an answer has been waited for to the next
const NEWS = 100; // ms after which the page was drawn anew, if it was, with the run that came
const SETTLE = 200; // ms after the last step before the app follows
const CALM = { between: 250, epochs: 15 }; // with reduced motion: ms between pictures, so many at once
const SLOWEST = 500; // ms at most that a frame is held back to keep the film even

/** Called by Streamlit for every message to this component; the stage itself stays. */
export const stage = mount(() => new Stage(), (view, { data, setTriggerValue }) => {
  view.send = (request) => setTriggerValue("pull", request);
  view.take(data);
});

class Stage {
  #token = "";
  #lineage = ""; // a run and those that go on from it
  #shown = undefined; // the frame on display
  #seen = 0; // the furthest epoch that was on display
  #target = undefined; // an epoch to show as soon as it is there
  #resting = undefined; // what to say when it is there and the rest of the page should follow
  #goal = undefined; // what is trained for: { epoch } or { loss }
  #playing = false;
  #speed = 1;
  #fastest = Infinity; // epochs a frame, that the server makes where training is slow
  #views = new Set(); // what is on stage beside W1, W2 and the loss
  #turned = 0; // the first question that was asked since the views changed
  #plane = { x: 0, y: 1, output: -1 };
  #holding = false; // a changed setting waits for the epoch on display: stand still until it is in
  #asked = undefined; // the question that is not answered yet: {sequence, time, tries}
  #sequence = 0;
  #drawn = 0;
  #supply = { time: 0, each: 0, count: 0 }; // when frames came last, ms from one to the next, how many
  #due = 0; // no next frame before this time
  #timer = undefined;
  #news = undefined; // the timer of a run that came
  #error = ""; // what is wrong with the latest message
  #watch; #frame; // the timer that asks again, and the next turn of the film
  #observer = new ResizeObserver(() => this.#layout());
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #link = new PageLink(() => this.#busy, () => this.#lastWord());

  constructor() {
    this.transport = new Transport({
      toggle: () => (this.#playing ? this.pause() : this.play()),
      step: () => this.#stepTo(this.#epoch + 1), back: () => this.#stepTo(this.#epoch - 1),
      first: () => this.#stepTo(0), last: () => this.#stepTo(this.#seen),
      reset: () => this.#reset(),
      scrub: (epoch) => this.#go(epoch),
      rest: () => this.#rest("Standing"),
      speed: (speed) => ([this.#speed, this.#fastest] = [speed, Infinity]),
      run: (goal) => this.#runTo(goal),
    });
    this.readout = new Readout();
    this.switches = new Switches((view) => this.#turn(view));
    this.picture = new Picture((change) => this.#choose(change));
    this.live = make("div", { class: "hidden", "aria-live": "polite" });
    this.element = make(
      "section",
      { "data-testid": "stage", "data-state": "waiting", "data-frames": 0, tabindex: 0, "aria-label": "Training, epoch by epoch" },
      this.transport.element, this.readout.element, this.switches.element, this.picture.element, this.live,
    );
    this.tip = new Tip(this.element, (canvas, x, y) => this.picture.at(canvas, x, y));
    this.element.append(this.tip.element);
    this.element.onkeydown = (event) => this.transport.key(event);
  }

  open(root) {
    root.append(this.element);
    this.#observer.observe(this.element);
    this.#watch = setInterval(() => this.#askAgain(), LOOK);
    this.#link.open();
    if (this.#playing) this.#run();
    if (this.#timer) this.#settle(); // it was closed in between
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#link.close();
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    clearTimeout(this.#news);
    this.element.remove();
  }

  get #epoch() { return this.#target ?? this.#shown?.epoch ?? 0; }

  /** How many epochs a picture goes on at most; fewer where training is slower than the screen. */
  get #most() { return this.#calm.matches ? Math.min(1000, this.#speed * CALM.epochs) : this.#speed; }

  get #paces() { return [Math.min(this.#most, this.#fastest), this.#most]; }

  get #busy() { return Boolean(this.#playing || this.#asked || this.#timer); }

  /** Take in a message as bytes, or say what is wrong with it. */
  take(bytes) {
    let answer;
    this.#error = "";
    try {
      answer = unpack(bytes);
    } catch (error) {
      this.#error = error.message;
      return this.#mark();
    }
    this.receive(answer);
  }

  /** Take in an answer. The same one again changes nothing. */
  receive(answer) {
    if (answer.token !== this.#token) {
      if (!answer.scene) return this.#token || this.send({}); // of a run that is not on stage
      const reset = this.#asked?.reset && answer.lineage === this.#lineage; // asked of a run that went on meanwhile
      this.#adopt(answer);
      if (reset) this.#reset();
      clearTimeout(this.#news);
      this.#news = setTimeout(() => this.#follow(), NEWS);
    }
    if (answer.address) lead(answer.address);
    const stale = answer.sequence < this.#turned; // it may show what is switched off
    const rested = this.#asked?.rest;
    if (answer.sequence >= (this.#asked?.sequence ?? 0)) this.#asked = undefined;
    if (this.#asked) this.#asked.tries = Math.min(this.#asked.tries, TRIES); // the server is there: ask soon
    else this.#link.go();
    if (rested && !this.#asked) this.#follow();
    this.trained = Math.max(this.trained, answer.trained);
    this.length = answer.length;
    this.ended = answer.ended;
    this.why = answer.why;
    this.lost = answer.lost;
    this.#learn(answer.losses);
    this.picture.loss.marks = answer.marks;
    this.picture.loss.breaks = answer.breaks;
    if (answer.scores) this.picture.scores.take(answer.scores);
    if (answer.plane) this.picture.setPlane(answer.plane);
    if (!stale) this.#takeFrames(answer);
    this.#restyle();
    if (this.#target === undefined && !this.#shown) this.#target = answer.epoch;
    if (this.ended && this.#target > this.trained) this.#target = this.trained;
    if (this.#goal && answer.sequence >= this.#goal.since) this.#towardsGoal(answer);
    else this.#arrive();
    if (answer.scores && this.#shown) this.#draw();
    if (answer.pending && !this.#holding) {
      this.#holding = true;
      this.#ask();
    } else this.#pull();
    this.#mark();
  }

  play() {
    if (this.ended && this.#epoch >= this.trained) this.#go(0); // at the end: show it again
    this.#playing = true;
    this.readout.start(this.#epoch, this.#drawn);
    this.#supply = { time: performance.now(), each: 0, count: 0 };
    this.#pull();
    this.#mark();
    this.#run();
  }

  pause(told = "Paused") {
    this.#playing = false;
    this.#goal = undefined;
    this.#ask({ rest: true });
    this.#mark();
    this.#tell(told);
  }

  #tell(told) {
    this.live.textContent = `${told} at epoch ${this.#epoch}, C = ${short(this.#shown?.losses[0])}`;
  }

  #reset() {
    this.#playing = false;
    this.#goal = undefined;
    this.#ask({ reset: true, rest: true });
    this.#mark();
  }

  /** Go to an epoch and, once the keys rest, let the app follow. */
  #stepTo(epoch) {
    this.#go(epoch);
    this.#settle();
  }

  #settle() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest("Standing"), SETTLE);
  }

  /** Let the rest of the page follow, once the epoch that is waited for is there. */
  #rest(told) {
    this.#timer = clearTimeout(this.#timer);
    this.#resting = this.#target === undefined ? undefined : told;
    if (this.#resting) return;
    this.#ask({ rest: true });
    this.#tell(told);
  }

  #go(epoch) {
    this.#playing = false;
    this.#goal = this.#resting = undefined;
    const last = this.ended ? this.trained : this.length;
    this.#target = Math.min(Math.max(epoch, 0), last);
    this.readout.leave(this.#shown?.epoch);
    this.#arrive();
    if (this.#target !== undefined && !this.#asked) this.#ask();
    this.#mark();
  }

  /** Show the epoch that is waited for, if it is there. */
  #arrive() {
    const frame = this.frames.at(this.#target);
    if (!frame) return this.#target !== undefined && !this.#asked && this.#token && this.#ask();
    this.#there(frame);
  }

  #there(frame) {
    this.#target = undefined;
    this.#show(frame);
    if (this.#resting) this.#rest(this.#resting);
  }

  // ---- playing

  #run() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(this.#tick);
  }

  #tick = (now) => {
    if (!this.#playing) return;
    this.#run();
    if (this.#holding || this.#goal || this.#target !== undefined || now < this.#due) return;
    const frame = this.frames.next(this.#epoch, ...this.#paces);
    if (frame) {
      this.#due = now + (this.#calm.matches ? CALM.between : this.#between);
      this.#show(frame);
    } else if (this.ended && this.#epoch >= this.trained) this.pause("Ended");
    this.#pull();
  };

  /**
   * Ms to hold back the next frame. While there are few, training is slower than the screen: they
   * are shown as evenly as they come, not in bursts. With more than an answer's at hand there is no
   * reason to wait, and waiting would only make the answers seem to come more slowly still.
   */
  get #between() {
    const { each, count } = this.#supply;
    if (each <= 1000 / 60) return 0;
    return this.frames.ahead(this.#epoch, count, ...this.#paces).count < count ? 0.9 * each : 0;
  }

  #show(frame) {
    this.#shown = frame;
    this.#seen = Math.max(this.#seen, frame.epoch);
    this.#drawn += 1;
    this.#draw();
    this.element.dataset.frames = this.#drawn;
    if (this.#playing) playAt(frame.epoch);
    this.#mark();
  }

  // ---- running to a goal

  #runTo(goal) {
    if (goal.epoch <= this.trained) return this.#stepTo(goal.epoch);
    this.#target = undefined;
    this.#goal = { ...goal, since: this.#sequence + 1 };
    this.#playing = true;
    this.readout.start(this.#epoch, this.#drawn, goal);
    this.#ask();
    this.#mark();
  }

  #towardsGoal({ whole, reached }) {
    if (whole && whole.epoch > this.#epoch) this.#show(whole);
    const met = reached !== null;
    if (!met && !this.ended) return this.#asked || this.#ask();
    const { loss } = this.#goal;
    this.#go(met ? reached : this.trained);
    if (!met && loss !== undefined) this.readout.say(`C did not come below ${short(loss)} in this run`);
    this.#rest(met ? "Arrived" : "Ended");
  }

  // ---- what is on stage

  #turn(view) {
    const views = new Set(this.#views);
    if (!views.delete(view)) views.add(view);
    this.#showViews(views);
  }

  #choose({ edges, ...plane }) {
    const views = new Set(this.#views);
    if (edges !== undefined) views[edges ? "add" : "delete"]("network_gradients");
    this.#plane = { ...this.#plane, ...plane };
    this.#showViews(views);
  }

  /** Frames carry what is on stage: those in the buffer are of no use any more. */
  #showViews(views) {
    this.#views = views;
    this.frames = new Frames();
    this.#turned = this.#sequence + 1;
    this.picture.show(views);
    this.switches.update(views, this.picture.scene);
    if (!this.#playing && this.#target === undefined) this.#target = this.#epoch;
    this.#ask();
    this.#layout();
    this.#mark();
  }

  /** Have the rest of the page and its address follow. */
  #follow() {
    if (this.#silent || !this.#shown) return;
    const [token, playing, epoch] = [this.#token, this.#playing, this.#epoch];
    if (!playing) pauseAt(epoch);
    const still = () => !this.#silent && this.#playing === playing && (playing || this.#epoch === epoch);
    standAt({ token, ...(playing ? {} : { epoch }) }, still);
  }

  // ---- asking

  /** Away from the page, to ask would be to ask on another one. */
  get #silent() { return this.#link.gone || !this.element.isConnected; }

  #pull() {
    if (this.#asked || this.#holding || this.#goal) return;
    if (this.#needsFrames || this.#needsScores) this.#ask();
  }

  get #needsFrames() {
    if (!this.#playing) return false;
    const { count, last } = this.frames.ahead(this.#epoch, AHEAD, ...this.#paces);
    return count < AHEAD && !(this.ended && last >= this.trained);
  }

  /** Whether the score's curve has points to come; they wait for an epoch that is on its way. */
  get #needsScores() {
    return this.#views.has("score") && this.#target === undefined && this.picture.scores.lacks(this.trained);
  }

  /** Send all there is to say in one trigger: a newer one replaces an older. */
  #ask({ rest = false, reset = false } = {}) {
    if (this.#silent) return;
    if (rest || reset || this.#playing) this.#timer = clearTimeout(this.#timer);
    const tries = (this.#asked?.tries ?? 0) + 1;
    // A newer question replaces an older one: what that one wanted goes along.
    rest ||= Boolean(this.#asked?.rest) && !this.#playing;
    reset ||= Boolean(this.#asked?.reset);
    this.#asked = { sequence: ++this.#sequence, time: performance.now(), tries, rest, reset };
    this.send({
      sequence: this.#sequence,
      token: this.#token,
      epoch: this.#shown?.epoch ?? 0,
      playing: this.#playing,
      holding: this.#holding,
      rest,
      reset,
      known_losses: this.curves[0].count,
      views: [...this.#views],
      plane_x: this.#plane.x, plane_y: this.#plane.y, plane_output: this.#plane.output,
      known_plane: this.picture.plane,
      ...(this.#needsScores ? { scores_after: this.picture.scores.after } : {}),
      ...this.#wanted(),
    });
  }

  #wanted() {
    if (this.#goal) return this.#goal.loss === undefined ? { goal_epoch: this.#goal.epoch } : { goal_loss: this.#goal.loss };
    if (this.#target !== undefined) return { seek: this.#target };
    if (this.#holding || !this.#shown) return {};
    if (!this.#playing) return this.#shown.whole ? {} : { seek: this.#shown.epoch };
    const { count, last } = this.frames.ahead(this.#epoch, CHUNK, ...this.#paces);
    return { after: last, frames: CHUNK - count, stride: this.#most };
  }

  /** Before the page is left: the rest of it need not follow any more. */
  #lastWord() {
    const reset = this.#asked?.reset;
    this.#playing = false;
    this.#asked = undefined;
    this.#ask({ reset });
  }

  #askAgain() {
    if (!this.#asked || performance.now() - this.#asked.time < patience(this.#asked.tries)) return;
    this.#ask(this.#asked);
    this.#mark();
  }

  // ---- taking in

  #adopt(answer) {
    this.#token = answer.token;
    this.#sequence = Math.max(this.#sequence, answer.sequence);
    this.#asked = this.#shown = this.#goal = this.#resting = undefined;
    this.#holding = false;
    this.#turned = 0;
    this.#target = answer.epoch;
    this.#seen = this.trained = answer.trained;
    this.length = answer.length;
    this.frames = new Frames();
    this.curves = Array.from({ length: answer.losses.curves }, () => new Curve());
    this.#setScene(answer.scene, answer.previous);
    // Play or Pause may have been pressed while a changed setting was on its way: that holds.
    const playing = answer.lineage === this.#lineage ? this.#playing : answer.playing;
    if (playing && !this.#playing) this.#run();
    this.#playing = playing;
    this.#lineage = answer.lineage;
  }

  #setScene(scene, previous) {
    this.#views = new Set(scene.views);
    const [x, y, output] = scene.plane;
    this.#plane = { x, y, output };
    this.picture.setScene(scene, this.curves.length, previous);
    this.picture.show(this.#views);
    this.switches.update(this.#views, scene);
  }

  #learn({ first, count, block, values }) {
    this.curves.forEach((curve, i) => {
      const known = curve.count - first;
      if (block > 1 && known > 0) return; // an opening again: what is missing comes with the frames
      curve.append(values[i].subarray(known), count - known, block);
    });
  }

  #takeFrames({ whole, frames, stride }) {
    if (stride !== null) this.#fastest = stride;
    for (const frame of frames) this.frames.add(frame);
    const now = performance.now();
    if (frames.length) {
      const each = Math.min(SLOWEST, (now - this.#supply.time) / frames.length);
      this.#supply = { time: now, each, count: frames.length };
    }
    const latest = whole ?? frames.at(-1);
    if (this.#goal || !latest || (this.#playing && this.#target === undefined)) return;
    if (whole?.epoch === this.#epoch) this.#there(whole);
    else if (this.#target === undefined) this.#shown?.whole || this.#asked || this.#ask(); // the epoch on display, whole, is on its way
    else if (this.#shown?.epoch !== this.#target) this.#show(latest); // on the way there
  }

  // ---- drawing

  #restyle() {
    if (this.element.isConnected) this.picture.restyle(this.element); // else there are no styles to read
  }

  #layout() {
    this.picture.layout(this.element.clientWidth);
  }

  #draw() {
    this.picture.draw(this.#shown, this.curves, this.#seen);
    this.tip.refresh();
  }

  /** Everything that tells the state: attributes, controls, the line of numbers. */
  #mark() {
    const atEnd = this.ended && this.#shown?.epoch >= this.trained && this.#target === undefined;
    const state = this.lost || this.#asked?.tries > TRIES ? "lost"
      : !this.#shown ? "waiting"
      : this.#playing ? "playing"
      : atEnd ? this.ended
      : this.#target !== undefined ? "waiting" : "paused";
    this.element.dataset.state = state;
    this.element.dataset.epoch = this.#shown?.epoch ?? "";
    const error = this.#error || this.picture.error;
    if (error) this.element.dataset.error = error;
    else delete this.element.dataset.error;
    this.transport.update(this.#playing, this.#epoch, this.#seen, this.length);
    const { length, ended, trained, why } = this;
    this.readout.update(state, this.#shown, { length, why, gone: this.lost, last: ended ? trained : length, target: this.#target, drawn: this.#drawn, error, score: this.picture.scene?.score, rate: this.picture.scene?.base_rate, scored: this.picture.scene?.scored });
  }
}
