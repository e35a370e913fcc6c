// When the parts of a page follow the film: nearly all of the time of a film that plays is its own.
const LAG = 100; // ms that they are behind a film that plays, unless its frames leave time before
const COSTS = 10; // so many times what drawing a part takes pass before it is drawn again
const REST = 250; // ms without a change, after which the film rests

const groups = new WeakMap(); // by the page's state

const whenIdle = (act, timeout) => (globalThis.requestIdleCallback ? requestIdleCallback(act, { timeout }) // Safari has none
  : setTimeout(() => act({ didTimeout: true, timeRemaining: () => 0 }), timeout));

/** A part of the page. All parts are drawn together, so that they show the same epoch. */
export class Follower {
  #draw;
  #isDue = false;
  #time = -Infinity; // when it was drawn
  #latest = Infinity; // ms that it took
  cost = 0; // of the latest two times the shorter one: others may need the processor, too

  /** `draw()` shows what is chosen in the page's `state`; `complete()` shows more of it at rest, out of view, and returns whether there was any. */
  constructor(state, draw, complete = () => false) {
    this.#draw = draw;
    this.complete = complete;
    if (!groups.has(state)) groups.set(state, new Group(state));
    groups.get(state).parts.push(this);
  }

  /** Draw once what is happening has happened: several changes at once are drawn together. */
  soon() {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.#isDue && this.draw());
  }

  draw() {
    const start = performance.now();
    this.#isDue = false;
    this.#draw();
    this.#time = performance.now();
    this.cost = Math.min(this.#latest, this.#time - start);
    this.#latest = this.#time - start;
  }

  /** Return whether enough time has passed to draw it again while the film plays. */
  isDueAt(time) { return time - this.#time >= COSTS * this.cost; }
}

/** The parts that follow one state. */
class Group {
  parts = [];
  #isStale = false; // whether something else is chosen than what is on display
  #waits = false; // for time that a frame leaves
  #timer;

  constructor(state) {
    state.listen((_, isFrame) => this.#follow(isFrame));
    globalThis.addEventListener("beforeprint", () => this.#print());
  }

  /** Draw soon; the next frame of a film that plays, when it leaves time. */
  #follow(isFrame) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), REST);
    this.#isStale = isFrame;
    if (!isFrame) for (const part of this.parts) part.soon();
    else if (!this.#waits) this.#wait(performance.now() + LAG);
  }

  #wait(end) {
    this.#waits = true;
    whenIdle((idle) => {
      this.#waits = false;
      if (!this.#isStale) return;
      const now = performance.now();
      const due = this.parts.filter((part) => part.isDueAt(now));
      const cost = due.reduce((sum, part) => sum + part.cost, 0);
      if (now < end && idle.timeRemaining() < cost) this.#wait(end);
      else this.#draw(due);
    }, Math.max(1, end - performance.now()));
  }

  /** Draw what the film has left behind, then bit by bit what is out of view. */
  #rest() {
    if (this.#isStale) this.#draw(this.parts);
    this.#complete(this.#timer);
  }

  #complete(timer) {
    whenIdle((idle) => {
      if (timer !== this.#timer) return; // it goes on
      do if (!this.parts.some((part) => part.complete())) return;
      while (idle.timeRemaining() > 0);
      this.#complete(timer);
    }, REST);
  }

  #draw(parts) {
    this.#isStale = parts.length < this.parts.length;
    for (const part of parts) part.draw();
  }

  /** Show one epoch everywhere. */
  #print() {
    this.#draw(this.parts);
    while (this.parts.some((part) => part.complete()));
  }
}
