// How long to wait for an answer before asking again: longer each time, after a few tries.
const FIRST = 2000, LONGEST = 30_000; // ms
export const TRIES = 3; // unanswered questions before the connection is called lost

/** Ms to wait after that many tries. */
export function patience(tries) {
  return Math.min(LONGEST, FIRST * 2 ** Math.max(0, tries - TRIES));
}
