import { followLink, PageLink } from "/pages/ui/live/streamlit/page_link.js";
import { equal, fakeTime, test } from "../harness.js";

const STATE = "data-test-script-state";
const LONG = 400; // ms, longer than a change of page is waited for
const time = fakeTime();
/** Let observers hear of what was changed, then let time pass. */
const pause = async (ms) => {
  await undefined;
  time.advance(ms);
};

/** Wait until a condition holds, with a limit. */
async function until(condition) {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries === 1000) throw new Error(`in vain: ${condition}`);
    await pause(10);
  }
}

/** Run a test on a page with a link, its recorded clicks, and a stage that may be busy. */
async function page(body, timeout) {
  const home = location.pathname;
  const app = document.createElement("main");
  const link = document.createElement("a");
  link.href = "/other";
  const clicks = [];
  link.onclick = (event) => {
    event.preventDefault();
    clicks.push(link.pathname);
  };
  app.append(link);
  document.body.append(app);
  /** Simulate a script run and wait for its observers. */
  const run = async (path = home) => {
    app.setAttribute(STATE, "running");
    await pause(0);
    history.replaceState(null, "", path);
    app.setAttribute(STATE, "notRunning");
    await pause(0);
  };
  app.setAttribute(STATE, "notRunning");
  const source = { busy: false, flushes: 0 };
  const links = new PageLink(() => source.busy, () => (source.flushes += 1), timeout);
  links.open();
  await body({ link, links, clicks, source, run, home });
  link.remove(); // what was still to come does not
  links.close();
  app.remove();
  history.replaceState(null, "", home);
}

await test("a link of a stage at rest is followed at once, and nothing is asked after it", () => page(({ link, links, clicks, source }) => {
  link.click();
  equal([clicks.length, links.leaving, source.flushes], [1, true, 0]);
}));

await test("a link waits for the last word of a busy stage", () => page(({ link, links, clicks, source }) => {
  source.busy = true;
  link.click();
  link.click();
  equal([clicks.length, links.leaving, source.flushes], [0, false, 1]);
  links.followWaiting();
  equal([clicks.length, links.leaving], [1, true]);
}));

await test("a word that is never heard is not waited for for ever", () => page(async ({ link, links, clicks, source }) => {
  source.busy = true;
  link.click();
  equal(clicks.length, 0);
  await until(() => clicks.length === 1);
}, 50));

for (const busy of [false, true]) {
  await test(`a click that was lost is made again (busy: ${busy})`, () => page(async ({ link, links, clicks, source, run }) => {
    source.busy = busy;
    link.click();
    links.followWaiting();
    await run(); // of this page, though another was asked for
    await until(() => clicks.length === 2);
    await run("/other");
    await pause(LONG);
    equal([clicks.length, links.leaving], [2, true]);
  }));
}

await test("a click that was lost without a sign of a run is made again, as often as needed", () => page(async ({ link, links, clicks, run }) => {
  link.click();
  await until(() => clicks.length === 2);
  await until(() => clicks.length === 3);
  await run("/other");
  await pause(LONG);
  equal([clicks.length, links.leaving], [3, true]);
}));

await test("a click is lost also where the other page showed for a moment", () => page(async ({ link, links, clicks, run }) => {
  const app = link.parentElement;
  const home = location.pathname;
  link.click();
  history.replaceState(null, "", "/other");
  links.close();
  history.replaceState(null, "", home);
  links.open();
  for (const [path, state] of [[home, "running"], ["/other", "rerunRequested"], ["/other", "running"], [home, "running"]]) {
    history.replaceState(null, "", path);
    app.setAttribute(STATE, state);
    await pause(0);
  }
  await run();
  await until(() => clicks.length === 2);
}));

await test("a click is lost also where a slow server shows the other page for long", () => page(async ({ link, clicks, run }) => {
  const app = link.parentElement;
  link.click();
  app.setAttribute(STATE, "running");
  history.replaceState(null, "", "/other");
  await pause(LONG);
  await run();
  await until(() => clicks.length === 2);
}));

const WAYS = {
  "another link": (link) => {
    const other = link.cloneNode();
    other.href = "/third";
    other.onclick = (event) => event.preventDefault();
    link.after(other);
    other.click();
  },
  "Back": () => dispatchEvent(new PopStateEvent("popstate")),
};
for (const [name, followWaiting] of Object.entries(WAYS)) {
  for (const away of [false, true]) {
    await test(`who leaves the other page at once is not sent there again (by ${name}; taken away meanwhile: ${away})`, () => page(async ({ link, links, clicks, run, home }) => {
      link.click();
      if (away) links.close();
      await run("/other");
      followWaiting(link);
      equal(links.leaving, false);
      await run(home);
      if (away) links.open();
      await pause(LONG);
      equal([clicks.length, links.leaving], [1, false]);
    }));
  }
}

for (const away of [false, true]) {
  await test(`who goes back is not sent forward again (taken away meanwhile: ${away})`, () => page(async ({ link, links, clicks, run, home }) => {
    link.click();
    await run("/other");
    await pause(LONG);
    if (away) links.close();
    equal(links.leaving, true);
    if (away) history.replaceState(null, "", home);
    if (away) links.open();
    else await run(home);
    await pause(LONG);
    equal([clicks.length, links.leaving], [1, false]);
  }));
}

await test("a link that waits is forgotten when the page is left otherwise", () => page(async ({ link, links, clicks, source, run, home }) => {
  source.busy = true;
  link.click();
  await run("/third");
  await pause(LONG);
  links.close();
  await run(home);
  links.open();
  links.followWaiting();
  await pause(LONG);
  equal([clicks.length, links.leaving], [0, false]);
}));

await test("taken away by mistake it goes on", () => page(async ({ link, links, clicks, run }) => {
  link.click();
  links.close();
  links.open();
  equal(links.leaving, true);
  await run();
  await until(() => clicks.length === 2);
}));

await test("a link that leads nowhere is given up", () => page(async ({ link, links, clicks }) => {
  link.click();
  equal(links.leaving, true);
  await until(() => !links.leaving);
  equal(clicks.length, 1);
}, 50));

await test("of several links the last one counts, also after the first was followed", () => page(async ({ link, clicks, run }) => {
  link.click();
  link.href = "/third";
  link.click();
  await run();
  await until(() => clicks.length === 3);
  equal(clicks, ["/other", "/third", "/third"]);
}));

await test("a link that was drawn anew meanwhile is found", () => page(({ link, links, clicks, source }) => {
  source.busy = true;
  link.click();
  const anew = link.cloneNode();
  anew.onclick = link.onclick;
  link.replaceWith(anew);
  links.followWaiting();
  equal(clicks.length, 1);
}));

await test("a link that says what to open is not mistaken for the navigation's to the same page", () => page(async ({ link, links, clicks, source, run }) => {
  const navigation = link.cloneNode();
  link.before(navigation);
  navigation.onclick = (event) => {
    event.preventDefault();
    clicks.push("navigation");
  };
  link.href = "/other?open=upload";
  source.busy = true;
  link.click();
  const anew = link.cloneNode();
  anew.onclick = link.onclick = (event) => {
    event.preventDefault();
    clicks.push("link");
  };
  link.replaceWith(anew);
  links.followWaiting();
  await run();
  await until(() => clicks.length === 2);
  anew.remove(); // only the navigation is left to go there by
  await run();
  await until(() => clicks.length === 3);
  equal(clicks, ["link", "link", "navigation"]);
  navigation.remove();
}));

await test("a place on this page is no other page", () => page(({ link, links, source }) => {
  source.busy = true;
  link.onclick = undefined;
  link.href = `${location.pathname}#place`;
  link.click();
  equal([links.leaving, source.flushes], [false, 0]);
}));

await test("a link of our own is followed as the navigation's, wherever in it the click was", () => page(({ link, clicks }) => {
  const host = document.createElement("div");
  host.attachShadow({ mode: "open" }).innerHTML = '<a href="/other#place">eq. <b>7</b></a>';
  host.shadowRoot.addEventListener("click", followLink);
  link.after(host);
  for (const part of ["a", "b"]) host.shadowRoot.querySelector(part).click();
  equal(clicks, ["/other", "/other"]);
}));
