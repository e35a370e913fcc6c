// The stops of one training step, of which one is on display; it plays at a readable pace.

export const PACES = { Slow: 8000, Normal: 4000, Fast: 1500 }; // ms a stop is on display while it plays

/** A place among stops, and its timer. `show(name)` is called at every change of either. */
export class Track {
  #timer = undefined;
  index = 0;

  constructor(show) {
    Object.assign(this, { show, pace: PACES.Normal, names: [] });
  }

  get name() { return this.names[this.index]; }

  get playing() { return this.#timer !== undefined; }

  get isFirst() { return this.index === 0; }

  get isLast() { return this.index === this.names.length - 1; }

  /** Set the stops, and go to one of them; an unknown one is the first. */
  set(names, name = this.name) {
    this.names = names;
    this.index = Math.max(0, names.indexOf(name));
    if (this.isLast) this.stop();
  }

  /** Go to a stop by its place, within the track. */
  go(index) {
    this.index = Math.min(this.names.length - 1, Math.max(0, index));
    if (this.playing) this.#start(); // the stop has its full time
    this.show();
  }

  /** Play at another pace; the stop on display has its full time. */
  setPace(pace) {
    this.pace = pace;
    if (this.playing) this.#start();
  }

  step(by) { this.go(this.index + by); }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Play from here, at the end from the beginning. */
  play() {
    if (this.isLast) this.index = 0;
    this.#start();
    this.show();
  }

  pause() {
    this.stop();
    this.show();
  }

  #start() {
    this.stop();
    if (!this.isLast) this.#timer = setTimeout(() => this.step(1), this.pace);
  }

  /** Stop playing without showing it. */
  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
