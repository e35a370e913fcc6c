// The delay before a request is repeated: it doubles after the first tries.
const FIRST = 2000, LONGEST = 30_000; // ms
export const TRIES = 3; // unanswered requests before the connection counts as lost

/** Return the ms to wait after that many tries. */
export function retryDelay(tries) {
  return Math.min(LONGEST, FIRST * 2 ** Math.max(0, tries - TRIES));
}
