import { follow, redrawAt, revealBelow } from "/pages/ui/live/streamlit/follow.js";
import { retryDelay, TRIES } from "/pages/ui/live/player/exchange.js";
import { equal, test } from "../harness.js";

const always = () => true;

/** Return the requests to the part below the stage, drawn for that run and epoch. */
function below(data) {
  const parentElement = document.createElement("div");
  document.body.append(parentElement);
  const asked = [];
  follow({ data, parentElement, setTriggerValue: (name, to) => asked.push([name, to]) });
  return { place: parentElement, asked };
}

await test("what is drawn elsewhere follows, once for each place", () => {
  const { place, asked } = below({ token: "a", epoch: 5 });
  redrawAt({ token: "a", epoch: 6 }, always);
  redrawAt({ token: "b", epoch: 5 }, always);
  equal(asked, [["to", { token: "a", epoch: 6 }], ["to", { token: "b", epoch: 5 }]]);
  place.remove();
});

await test("what stands there already is not drawn anew, nor for an epoch that only plays", () => {
  const { place, asked } = below({ token: "a", epoch: 5 });
  redrawAt({ token: "a", epoch: 5 }, always);
  redrawAt({ token: "a" }, always);
  equal(asked, []);
  place.remove();
});

await test("away from its page nothing is asked", () => {
  const { place, asked } = below({ token: "a", epoch: 5 });
  place.remove();
  redrawAt({ token: "b", epoch: 5 }, always);
  equal(asked, []);
});

await test("what was lost is asked again, unless it is there or not wanted any more", async () => {
  const { place, asked } = below({ token: "a", epoch: 5 });
  let wanted = true;
  redrawAt({ token: "b", epoch: 5 }, () => wanted);
  await new Promise((done) => setTimeout(done, retryDelay(1) + 200));
  equal(asked.length, 2);
  wanted = false;
  await new Promise((done) => setTimeout(done, retryDelay(2) + 200));
  equal(asked.length, 2);
  redrawAt({ token: "b", epoch: 5 }, always, TRIES + 1);
  equal(asked.length, 2);
  place.remove();
});

await test("what a click opened is scrolled into view once it is drawn, and not again", async () => {
  const host = document.createElement("div");
  document.body.append(host);
  const place = host.attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
  const scrolled = [];
  host.scrollIntoView = ({ block }) => scrolled.push(`end ${block}`);
  const first = document.createElement("div");
  first.scrollIntoView = ({ block }) => scrolled.push(`first ${block}`);
  host.before(first);
  const draw = () => follow({ data: { token: "a", epoch: 5 }, parentElement: place });
  const reveal = async () => {
    revealBelow(first);
    draw();
    draw();
    await new Promise((done) => setTimeout(done, 600));
  };
  draw();
  await reveal();
  equal(scrolled, ["end nearest"]);
  place.style.height = "200vh"; // as on a narrow screen
  await reveal();
  equal(scrolled, ["end nearest", "first start"]);
  host.remove();
  first.remove();
});
