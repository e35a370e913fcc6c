import { follow, standAt } from "/pages/shared/live/follow.js";
import { equal, test } from "./harness.js";

/** What is below the stage, drawn at that run and epoch; what it is asked for. */
function below(data) {
  const parentElement = document.createElement("div");
  document.body.append(parentElement);
  const asked = [];
  follow({ data, parentElement, setTriggerValue: (name, to) => asked.push([name, to]) });
  return { place: parentElement, asked };
}

await test("what is drawn elsewhere follows, once for each place", () => {
  const { place, asked } = below({ token: "a", epoch: 5 });
  standAt({ token: "a", epoch: 6 });
  standAt({ token: "b", epoch: 5 });
  equal(asked, [["to", { token: "a", epoch: 6 }], ["to", { token: "b", epoch: 5 }]]);
  place.remove();
});

await test("what stands there already is not drawn anew, nor for an epoch that only plays", () => {
  const { place, asked } = below({ token: "a", epoch: 5 });
  standAt({ token: "a", epoch: 5 });
  standAt({ token: "a" });
  equal(asked, []);
  place.remove();
});

await test("away from its page nothing is asked", () => {
  const { place, asked } = below({ token: "a", epoch: 5 });
  place.remove();
  standAt({ token: "b", epoch: 5 });
  equal(asked, []);
});
