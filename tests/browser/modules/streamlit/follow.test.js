import { follow, redrawAt, revealBelow } from "/pages/ui/live/streamlit/follow.js";
import { retryDelay, TRIES } from "/pages/ui/live/player/exchange.js";
import { equal, fakeTime, test } from "../harness.js";

const time = fakeTime();

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

await test("what was lost is asked again, unless it is there or not wanted any more", () => {
  const { place, asked } = below({ token: "a", epoch: 5 });
  let wanted = true;
  redrawAt({ token: "b", epoch: 5 }, () => wanted);
  time.advance(retryDelay(1));
  equal(asked.length, 2);
  wanted = false;
  time.advance(retryDelay(2));
  equal(asked.length, 2);
  redrawAt({ token: "b", epoch: 5 }, always, TRIES + 1);
  equal(asked.length, 2);
  place.remove();
});

await test("what a click opened is scrolled into view once it is drawn, as little as keeps the click's place", () => {
  const place = document.body.appendChild(document.createElement("div"));
  const scrolled = [];
  const part = (name, bottom) => {
    const element = document.body.appendChild(document.createElement("div"));
    element.className = `st-key-weight_${name}`;
    element.getBoundingClientRect = () => ({ bottom: innerHeight + bottom });
    element.scrollIntoView = ({ block }) => scrolled.push(`${name} ${block}`);
    return element;
  };
  const parts = [part("title", 100), part("curve_0", 400)]; // px below the window
  const draw = () => follow({ data: { token: "a", epoch: 5 }, parentElement: place });
  draw();
  for (const y of [600, 300, 150]) {
    revealBelow(y);
    draw();
    draw();
    time.advance(400);
  }
  equal(scrolled, ["curve_0 nearest", "title nearest", "curve_0 nearest"]); // the last click's place has to leave anyway
  for (const element of [place, ...parts]) element.remove();
});
