// Requests by number, one at a time: a newer one replaces an older, and it is repeated until answered.
const FIRST = 2000, LONGEST = 30_000; // ms
const CHECK = 500; // ms at least between two looks at an overdue answer
export const TRIES = 3; // unanswered requests before the connection counts as lost

/** Return the ms to wait for an answer after that many tries: the time doubles after the first ones. */
export function retryDelay(tries) {
  return Math.min(LONGEST, FIRST * 2 ** Math.max(0, tries - TRIES));
}

/** The latest request, until it is answered. */
export class Exchange {
  sequence = 0; // of the latest request
  pending = undefined; // it, while unanswered: { sequence, time, tries, rest, action }
  #timer;
  #repeat;

  /** `repeat()` is called when an answer is overdue. */
  constructor(repeat) {
    this.#repeat = repeat;
  }

  /** Whether several requests in a row were not answered. */
  get lost() { return this.pending?.tries > TRIES; }

  /** Note a request with these flags; return its number. */
  begin(flags) {
    const tries = (this.pending?.tries ?? 0) + 1;
    this.pending = { ...flags, sequence: ++this.sequence, time: performance.now(), tries };
    this.resume();
    return this.sequence;
  }

  /** Note an answer by its number. */
  end(sequence) {
    if (sequence >= (this.pending?.sequence ?? 0)) return this.forget();
    this.pending.tries = Math.min(this.pending.tries, TRIES); // the server is there: retry soon
    this.resume();
  }

  forget() {
    this.pending = undefined;
    this.pause();
  }

  pause() {
    clearTimeout(this.#timer);
  }

  /** Wait for the answer of the pending request. */
  resume() {
    this.pause();
    if (!this.pending) return;
    const { time, tries } = this.pending;
    this.#timer = setTimeout(() => {
      this.#repeat();
      this.resume(); // it could not be repeated now
    }, Math.max(CHECK, time + retryDelay(tries) - performance.now()));
  }
}
