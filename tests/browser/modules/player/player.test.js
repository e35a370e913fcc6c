import { Film } from "/pages/ui/live/player/buffer.js";
import { Player } from "/pages/ui/live/player/player.js";
import { equal, fakeTime, random, test } from "../harness.js";

const time = fakeTime();
const reduced = { matches: false };
globalThis.matchMedia = () => reduced;

const LONG = 60_000; // ms
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const frame = (epoch, whole = false) => ({ epoch, whole, losses: [1 / (1 + epoch)], bytes: 100 });

/** What a player shows: the epochs drawn one after another, its latest status, and what is said. */
class FakeView {
  drawn = []; said = []; runs = []; fields = {}; missing = undefined;

  openRun({ token }) { this.runs.push(token); }

  add() { return false; }

  draw({ epoch }) { if (epoch !== this.drawn.at(-1)) this.drawn.push(epoch); }

  update(status) { this.status = status; }

  announce(verb, { epoch }) { this.said.push(`${verb} ${epoch}`); }

  wanted() { return this.missing; }
}

/** A source whose requests are only noted; `answer` is called with them if it is given. */
class FakeSource {
  sent = []; away = false; rests = []; addresses = []; shownEpochs = []; restCount = 0;

  send(request) {
    this.sent.push(request);
    this.answer?.(request);
  }

  atRest() { this.restCount += 1; }

  openedRun(address) { this.addresses.push(address); }

  shown(epoch, playing) { if (playing) this.shownEpochs.push(epoch); }

  rested(to, wanted) { if (wanted()) this.rests.push(to); }

  get last() { return this.sent.at(-1); }
}

/** A server with a run of `length` epochs, of which it trains what is asked for. */
class FakeServer {
  token = "run"; lineage = "line"; trained = 0; length = 500; most = 40; ended = "";

  answer({ sequence, token, after, frames, stride = 1, seek, goal_epoch, goal_loss }, fields = {}) {
    const end = this.ended === "diverged" ? this.trained : this.length;
    const train = (epoch) => (this.trained = Math.max(this.trained, Math.min(epoch, end)));
    const extra = {};
    if (token !== this.token) Object.assign(extra, { scene: {}, lineage: this.lineage, epoch: this.epoch ?? 0, whole: frame(this.epoch ?? 0, true) });
    else if (goal_epoch !== undefined || goal_loss !== undefined) {
      train(this.trained + 100);
      const goal = goal_epoch ?? Math.ceil(1 / goal_loss); // the loss of epoch e is 1 / (1 + e)
      Object.assign(extra, { reached: goal <= this.trained ? goal : null, whole: frame(Math.min(goal, this.trained), true) });
    } else if (seek > this.trained) {
      train(this.trained + 100);
      extra.frames = [frame(Math.min(seek, this.trained))];
    } else if (seek !== undefined) extra.whole = frame(seek, true);
    else if (frames) {
      const epochs = range(1, Math.min(frames, this.most)).map((i) => after + i * stride).filter((epoch) => epoch <= end);
      train(epochs.at(-1) ?? 0);
      Object.assign(extra, { frames: epochs.map((epoch) => frame(epoch)), stride });
    }
    const ended = this.trained >= this.length ? "done" : this.ended;
    return { sequence, token: this.token, trained: this.trained, length: this.length, ended, why: "", lost: false, frames: [], stride: null, pending: false, ...extra, ...fields };
  }
}

/** Return a player with its view, source and server, open at epoch 0; `delay(request)`: ms, or undefined: lost. */
function opened({ delay = () => 10, ...server } = {}) {
  time.clear();
  const [source, view] = [new FakeSource(), new FakeView()];
  const theServer = Object.assign(new FakeServer(), server);
  const player = new Player(source, view);
  source.answer = (request) => {
    const ms = delay(request);
    if (ms === undefined) return;
    setTimeout(() => player.receive(theServer.answer(request)), ms);
  };
  player.open();
  player.receive(theServer.answer({ sequence: 0, token: "" }));
  time.advance(1000);
  source.sent.length = source.rests.length = 0;
  return { player, source, view, server: theServer, get state() { return view.status.state; }, get epoch() { return view.drawn.at(-1); } };
}

const assertAll = (epochs, last) => equal(epochs, range(0, last));

// ---- playing

await test("a run opens at its epoch and stands there, asking nothing", () => {
  const p = opened({ epoch: 7, trained: 20 });
  equal([p.epoch, p.state, p.view.runs], [7, "paused", ["run"]]);
  time.advance(LONG);
  equal(p.source.sent, []);
});

await test("played, every epoch is shown once, in order, up to the end", () => {
  const p = opened();
  p.player.play();
  equal(p.state, "playing");
  time.advance(LONG);
  assertAll(p.view.drawn, 500);
  equal([p.state, p.view.said], ["done", ["Ended 500"]]);
  equal(p.source.shownEpochs, range(1, 500));
});

await test("the buffer is filled before it is empty, with one request at a time", () => {
  let underWay = 0;
  const p = opened({ delay: () => 300, most: 100 });
  const { answer } = p.source;
  p.source.answer = (request) => {
    equal(underWay++, 0, "requests under way");
    setTimeout(() => (underWay -= 1), 299);
    answer(request);
  };
  p.player.play();
  const times = [];
  p.view.draw = ({ epoch }) => times.push([epoch, performance.now()]);
  time.advance(5000);
  const gaps = times.slice(2).map(([, at], i) => at - times[i + 1][1]);
  equal(Math.max(...gaps), 16, "frames follow one another");
});

await test("paused it stands at once, tells the server, and asks nothing more", () => {
  const p = opened();
  p.player.play();
  time.advance(800);
  const { epoch } = p;
  p.player.pause();
  const { playing, rest, epoch: told } = p.source.last;
  equal([p.state, playing, rest, told], ["paused", false, true, epoch]);
  time.advance(1000);
  const count = p.source.sent.length;
  time.advance(LONG);
  equal([p.epoch, p.source.sent.length, p.view.said], [epoch, count, [`Paused ${epoch}`]]);
  equal(p.source.rests, [{ token: "run", epoch }]);
});

await test("standing still, it asks for the epoch in full precision", () => {
  const p = opened();
  p.player.play();
  time.advance(800);
  p.player.pause();
  equal(p.source.last.seek, p.epoch);
  time.advance(1000);
  equal(p.view.status.frame.whole, true);
});

await test("at the end, Play plays it again", () => {
  const p = opened({ length: 30 });
  p.player.play();
  time.advance(2000);
  p.player.toggle();
  equal(p.state, "playing");
  time.advance(2000);
  equal(p.view.drawn, [...range(0, 30), ...range(0, 30)]);
});

await test("at ten epochs a frame it shows every tenth", () => {
  const p = opened();
  p.player.setSpeed(10);
  p.player.play();
  time.advance(5000);
  equal(p.view.drawn, range(0, 50).map((i) => 10 * i));
});

await test("where training is slow, frames come at the server's stride, and evenly", () => {
  const p = opened({ delay: () => 300 });
  const { answer } = p.server;
  p.server.answer = (request) => answer.call(p.server, { ...request, stride: 4, frames: 6 });
  p.player.setSpeed(100);
  p.player.play();
  const times = [];
  p.view.draw = () => times.push(performance.now());
  time.advance(4000);
  const gaps = times.slice(12).map((at, i) => at - times[i + 11]);
  const hurried = gaps.filter((gap) => gap < 32); // one for each answer: when it comes, waiting ends
  equal([hurried.length <= gaps.length / 5, Math.max(...gaps) < 100], [true, true], `no bursts: ${gaps}`);
});

await test("a run that diverges stops at its last finite epoch", () => {
  const p = opened({ trained: 25, ended: "diverged" });
  p.player.play();
  time.advance(LONG);
  equal([p.epoch, p.state, p.view.said], [25, "diverged", ["Ended 25"]]);
});

await test("with reduced motion pictures are few: every 15 epochs, a quarter of a second apart", () => {
  reduced.matches = true;
  const p = opened();
  const times = [];
  const { draw } = FakeView.prototype;
  p.view.draw = (shown) => (times.push(performance.now()), draw.call(p.view, shown));
  p.player.play();
  time.advance(2000);
  reduced.matches = false;
  equal(p.view.drawn.slice(0, 5), [0, 15, 30, 45, 60]);
  const gaps = times.slice(1).map((at, i) => at - times[i]);
  equal([Math.min(...gaps) >= 250, Math.max(...gaps) <= 250 + 32], [true, true], `${gaps}`);
});

// ---- late, lost and repeated answers

await test("late answers make it wait, not skip", () => {
  const p = opened({ delay: () => 1500 });
  p.player.play();
  time.advance(3 * LONG);
  assertAll(p.view.drawn, 500);
});

await test("a lost answer is asked for again", () => {
  let count = 0;
  const p = opened({ delay: () => (count++ % 3 === 1 ? undefined : 10) });
  p.player.play();
  time.advance(3 * LONG);
  assertAll(p.view.drawn, 500);
});

await test("after several lost answers the connection counts as lost; it goes on by itself", () => {
  let here = true;
  const p = opened({ delay: () => (here ? 10 : undefined) });
  p.player.play();
  time.advance(500);
  here = false;
  time.advance(9000);
  equal(p.state, "lost");
  here = true;
  time.advance(10_000);
  equal(p.state === "lost", false);
  time.advance(LONG);
  assertAll(p.view.drawn, 500);
});

await test("the same answer again changes nothing", () => {
  const p = opened();
  const { answer } = p.source;
  p.source.answer = (request) => {
    answer(request);
    answer(request);
    setTimeout(() => answer(request), 700);
  };
  p.player.play();
  time.advance(LONG);
  assertAll(p.view.drawn, 500);
  const [drawn, sent] = [p.view.drawn.length, p.source.sent.length];
  p.player.receive(p.server.answer({ sequence: 1, token: "run", after: 0, frames: 5 }));
  time.advance(LONG);
  equal([p.view.drawn.length, p.source.sent.length], [drawn, sent]);
});

await test("whatever is late, lost or repeated, no epoch is skipped or shown twice", () => {
  for (let seed = 0; seed < 20; seed++) {
    const next = random(seed);
    const p = opened({ delay: () => (next() > 0.6 ? undefined : 10 + 1000 * (next() + 1)), length: 300, most: 10 + seed * 5 });
    const { answer } = p.source;
    p.source.answer = (request) => {
      answer(request);
      if (next() > 0.5) answer(request);
    };
    p.player.play();
    time.advance(30 * LONG);
    equal(p.view.drawn, range(0, 300), `seed ${seed}`);
  }
});

await test("a newer question replaces an older: the answer to the older does not end it", () => {
  const p = opened({ delay: () => undefined });
  p.player.seek(30);
  p.player.seek(60);
  const [first, second] = p.source.sent;
  equal([first.seek, second], [30, undefined], "one at a time");
  p.player.act("reset");
  equal([p.source.last.action, p.source.last.sequence], ["reset", 2]);
  p.player.receive(p.server.answer({ ...first, seek: undefined }));
  time.advance(2100);
  equal([p.source.last.sequence, p.source.last.action], [3, "reset"], "it is repeated");
});

await test("a newer request repeats what an older one asked for, as long as that is not answered", () => {
  const p = opened({ delay: () => undefined });
  p.player.rest();
  p.player.reload();
  equal([p.source.last.sequence, p.source.last.rest], [p.source.sent[0].sequence + 1, true]);
  p.player.act("reset");
  p.player.reload();
  equal([p.source.last.rest, p.source.last.action], [true, "reset"]);
  p.player.play();
  p.player.runTo({ epoch: 90 });
  equal(p.source.last.rest, false, "it does not rest any more");
});

await test("away from the page nothing is asked; what is overdue is asked on return", () => {
  const p = opened({ delay: () => undefined });
  p.source.away = true;
  p.player.play();
  time.advance(LONG);
  equal([p.state, p.source.sent], ["playing", []]);
  p.source.away = false;
  time.advance(20);
  equal(p.source.sent.length, 1);
  p.source.away = true;
  time.advance(LONG);
  equal(p.source.sent.length, 1);
  p.source.away = false;
  time.advance(600);
  equal(p.source.sent.length, 2);
});

await test("closed it neither moves nor asks; opened again it goes on", () => {
  const p = opened();
  p.player.play();
  time.advance(500);
  p.player.close();
  const [epoch, count] = [p.epoch, p.source.sent.length];
  time.advance(LONG);
  equal([p.epoch, p.source.sent.length], [epoch, count]);
  p.player.open();
  time.advance(LONG);
  assertAll(p.view.drawn, 500);
});

// ---- seeking

await test("a seek shows the epoch, with progress on the way to a far one", () => {
  const p = opened();
  p.player.seek(350);
  p.player.rest();
  equal([p.state, p.view.status.target, p.view.said], ["waiting", 350, []]);
  time.advance(LONG);
  equal([p.view.drawn, p.state, p.view.said], [[0, 100, 200, 300, 350], "paused", ["Now 350"]]);
  equal(p.view.status.frame.whole, true, "then in full precision");
  equal(p.source.rests, [{ token: "run", epoch: 350 }]);
});

await test("a seek stays within the run", () => {
  const p = opened();
  for (const [wanted, epoch] of [[-5, 0], [9999, 500]]) {
    p.player.seek(wanted);
    time.advance(LONG);
    equal(p.epoch, epoch);
  }
});

await test("steps are taken at once where the frame is there; after the last one the page follows, once", () => {
  const p = opened();
  p.player.play();
  time.advance(800);
  p.player.pause();
  time.advance(1000);
  p.source.sent.length = p.source.rests.length = 0;
  const { epoch } = p;
  for (const by of [-1, -1, 1, -1]) p.player.step(by);
  equal(p.view.drawn.slice(-4), [epoch - 1, epoch - 2, epoch - 1, epoch - 2]);
  equal(p.source.rests, []);
  time.advance(LONG);
  equal(p.source.rests, [{ token: "run", epoch: epoch - 2 }]);
  equal(p.source.sent.filter(({ rest }) => rest).length, 1);
});

await test("First and Last go to the ends of what was shown", () => {
  const p = opened();
  p.player.play();
  time.advance(800);
  p.player.pause();
  const last = p.epoch;
  p.player.first();
  time.advance(1000);
  equal(p.epoch, 0);
  p.player.last();
  time.advance(1000);
  equal(p.epoch, last);
});

// ---- goals

await test("run to an epoch: the latest state is shown on the way, and the page follows on arrival", () => {
  const p = opened();
  p.player.runTo({ epoch: 250 });
  equal([p.state, p.view.status.course.goal], ["playing", { epoch: 250, }]);
  time.advance(LONG);
  equal([p.view.drawn, p.state, p.view.said], [[0, 100, 200, 250], "paused", ["Arrived 250"]]);
  equal(p.source.rests.at(-1), { token: "run", epoch: 250 });
});

await test("run to an epoch that is trained already goes there", () => {
  const p = opened({ trained: 300 });
  p.player.runTo({ epoch: 120 });
  time.advance(LONG);
  equal([p.view.drawn, p.state], [[0, 120], "paused"]);
});

await test("run until a loss stops at the first epoch that has it", () => {
  const p = opened();
  p.player.runTo({ loss: 1 / 201 });
  time.advance(LONG);
  equal([p.epoch, p.state, p.view.said], [201, "paused", ["Arrived 201"]]);
});

await test("a loss that is not reached is said, at the end of the run", () => {
  const p = opened();
  p.player.runTo({ loss: 1e-4 });
  time.advance(LONG);
  equal([p.epoch, p.state, p.view.status.course.missed, p.view.said], [500, "done", 1e-4, ["Ended 500"]]);
});

await test("Pause stops a run to a goal where it is", () => {
  const p = opened({ delay: () => 200, length: 100_000 });
  p.player.runTo({ epoch: 90_000 });
  time.advance(900);
  p.player.pause();
  const { epoch } = p;
  time.advance(LONG);
  equal([p.epoch, p.state, epoch > 0], [epoch, "paused", true]);
});

// ---- a changed setting, another run, other views

/** Let the server say that a setting has changed, and open the changed run when the film holds. */
function change(p) {
  const { answer } = p.server;
  p.server.answer = (request) => {
    if (!request.holding) return answer.call(p.server, request, { pending: true });
    Object.assign(p.server, { token: "changed", epoch: request.epoch, trained: request.epoch, answer });
    return p.server.answer(request);
  };
}

await test("a changed setting takes hold at the epoch on display, and no epoch is skipped", () => {
  const p = opened();
  p.player.play();
  time.advance(500);
  change(p);
  time.advance(LONG);
  assertAll(p.view.drawn, 500);
  equal(p.view.runs, ["run", "changed"]);
});

await test("Pause pressed while a changed setting is on its way is kept", () => {
  const p = opened({ delay: () => 500 });
  p.player.play();
  time.advance(1100);
  change(p);
  for (let i = 0; i < 100 && !p.source.last.holding; i++) time.advance(50);
  equal(p.source.last.holding, true);
  p.player.pause();
  time.advance(LONG);
  equal([p.state, p.view.runs], ["paused", ["run", "changed"]]);
});

await test("another run starts as the server says, and the page follows it", () => {
  const p = opened();
  p.player.play();
  time.advance(500);
  Object.assign(p.server, { token: "other", lineage: "other", trained: 0, epoch: 0 });
  time.advance(5000);
  equal([p.state, p.epoch, p.view.runs], ["paused", 0, ["run", "other"]]);
  equal(p.source.rests.at(-1), { token: "other", epoch: 0 });
});

await test("an answer of a run that is not shown is asked for in full", () => {
  const p = opened();
  p.server.token = "other";
  p.player.receive({ ...p.server.answer({ sequence: 0, token: "other" }), scene: undefined });
  equal(p.source.sent.length, 1);
  time.advance(100);
  equal(p.view.runs, ["run", "other"]);
});

await test("a reset that was asked of a run that went on meanwhile is asked again", () => {
  const p = opened({ delay: () => undefined });
  p.player.act("reset");
  p.player.receive({ ...p.server.answer({ sequence: 0, token: "" }), token: "continued" });
  equal([p.source.last.action, p.source.last.token], ["reset", "continued"]);
  const count = p.source.sent.length;
  p.player.receive({ ...p.server.answer({ ...p.source.last, token: "" }), token: "reset", lineage: "another" });
  equal(p.source.sent.length, count);
});

await test("what was chosen while a new run was on its way is kept, and said to the server again", () => {
  const p = opened({ delay: () => undefined });
  p.player.act("reset");
  const asked = p.source.last;
  p.player.play();
  p.player.receive({ ...p.server.answer({ ...asked, token: "" }), token: "reset", lineage: "another" });
  equal([p.state, p.source.last.token, p.source.last.playing], ["playing", "reset", true]);
});

await test("training to a far epoch is paused where it is, and a step is from there", () => {
  const p = opened({ delay: () => undefined });
  p.player.seek(400);
  equal([p.view.status.training, p.view.status.playing], [true, false]);
  p.player.toggle();
  equal([p.view.status.training, p.view.status.target, p.state], [false, undefined, "paused"]);
  equal([p.source.last.rest, p.source.last.seek], [true, undefined]);
  p.player.seek(400);
  p.player.step(1);
  equal(p.view.status.target, 1);
});

await test("another action is about the run that was shown: it is not asked of one that went on meanwhile", () => {
  const p = opened({ delay: () => undefined });
  p.player.act("retry");
  const count = p.source.sent.length;
  p.player.receive({ ...p.server.answer({ sequence: 0, token: "" }), token: "continued" });
  equal(p.source.sent.slice(count).filter(({ action }) => action), []);
});

await test("other views empty the buffer, and frames without their data are not shown", () => {
  const p = opened({ delay: () => 400 });
  p.player.play();
  time.advance(1000);
  p.player.pause();
  time.advance(2000);
  const { epoch } = p;
  p.player.play();
  time.advance(100);
  const older = p.source.last;
  p.view.fields = { views: ["network"] };
  p.player.reload();
  equal(p.source.last.views, ["network"]);
  p.player.receive(p.server.answer({ ...older, after: epoch, frames: 10 }));
  const shown = p.view.drawn.length;
  time.advance(300);
  equal(p.view.drawn.length, shown, "nothing of the older answer");
  time.advance(LONG);
  equal(p.epoch, 500);
});

await test("what the view misses is asked for, but a seek comes first", () => {
  const p = opened({ delay: () => undefined });
  p.view.missing = { scores_after: 3 };
  p.player.seek(90);
  equal(p.source.last.scores_after, undefined);
  p.player.receive(p.server.answer({ ...p.source.last, seek: undefined }, { whole: frame(90, true) }));
  equal(p.source.last.scores_after, 3);
});

// ---- leaving

await test("before another page is followed the state is sent, without asking for a redraw", () => {
  const p = opened();
  equal(p.player.busy, false);
  p.player.play();
  equal(p.player.busy, true);
  time.advance(500);
  p.player.flush();
  const { playing, rest, epoch } = p.source.last;
  equal([playing, rest, epoch], [false, false, p.epoch]);
  time.advance(50);
  equal([p.player.busy, p.source.restCount > 0], [false, true]);
  p.source.answer = () => undefined;
  p.player.rest();
  p.player.flush();
  equal([p.source.sent.at(-2).rest, p.source.last.rest], [true, false]);
});

// ---- a film that is there at once, and a run that is not there yet

const film = (token = "film") => ({
  sequence: 0, token, lineage: token, scene: {}, epoch: 20, trained: 20, length: 20, ended: "done",
  film: new Film(range(0, 10).map((i) => frame(2 * i, true)), 1100),
});

await test("a film that is there at once plays without a question, at its pace", () => {
  const p = opened();
  p.source.answer = ({ sequence, token }) => setTimeout(() => p.player.receive({ sequence, token }), 10);
  p.player.receive(film());
  time.advance(300);
  p.source.sent.length = p.view.drawn.length = 0;
  p.player.play();
  equal(p.epoch, 0, "from the start");
  time.advance(550);
  equal([p.source.sent, p.epoch > 4, p.epoch < 12], [[], true, true]);
  time.advance(LONG);
  equal([p.view.drawn, p.state], [range(0, 10).map((i) => 2 * i), "done"]);
  p.player.step(-1);
  equal(p.epoch, 18);
  p.player.seek(5);
  equal(p.epoch, 4);
});

await test("while a run is prepared it is asked for again and again; then it opens", () => {
  const p = opened({ delay: () => undefined });
  p.player.play();
  const training = (at, sequence = p.source.last.sequence) => p.player.receive({ token: "next", sequence, training: { at, of: 10 } });
  training(2);
  equal([p.state, p.view.status.preparing.training.at, p.source.last.token], ["training", 2, "next"]);
  training(4);
  equal([p.source.sent.length, p.player.busy], [3, true]);
  p.player.receive({ ...film("next"), sequence: p.source.last.sequence });
  equal([p.state, p.epoch, p.player.preparing, p.player.busy], ["done", 20, undefined, false]);
});
