import { Exchange, retryDelay, TRIES } from "/pages/ui/live/player/exchange.js";
import { equal, fakeTime, test } from "../harness.js";

const time = fakeTime();

/** Return an exchange that repeats what is overdue, and the numbers of its requests. */
function exchange() {
  const sent = [];
  const one = new Exchange(() => sent.push(one.begin(one.pending)));
  return { one, sent };
}

test("a few tries come soon, further ones ever later, but not too late", () => {
  equal([1, 2, 3, 4, 5, 6, 7, 8, 100].map(retryDelay), [2000, 2000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

test("a request is repeated under a new number until it is answered", () => {
  const { one, sent } = exchange();
  one.begin({ rest: true });
  time.advance(4001);
  equal([sent, one.pending.rest, one.lost], [[2, 3], true, false]);
  one.end(3);
  time.advance(100_000);
  equal([sent, one.pending], [[2, 3], undefined]);
});

test("after several tries the connection counts as lost, until anything is heard", () => {
  const { one } = exchange();
  one.begin({});
  time.advance(2000 * TRIES + 1);
  equal(one.lost, true);
  one.end(1); // an old one
  equal([one.lost, one.pending.tries], [false, TRIES]);
  one.forget();
});

test("an answer to an older request does not answer the newer one", () => {
  const { one } = exchange();
  one.begin({});
  one.begin({});
  one.end(1);
  equal(one.pending.sequence, 2);
  one.end(2);
  equal(one.pending, undefined);
});

test("a closed exchange repeats nothing; opened again, it goes on", () => {
  const { one, sent } = exchange();
  one.begin({});
  one.pause();
  time.advance(60_000);
  equal(sent, []);
  one.resume();
  time.advance(600);
  equal(sent, [2]);
  one.forget();
});

test("what cannot be repeated now is tried again", () => {
  let looks = 0;
  const one = new Exchange(() => (looks += 1));
  one.begin({});
  time.advance(3100);
  equal(looks > 1, true);
  one.forget();
});
