import { EpochSwitches } from "/pages/ui/live/player/epoch_switches.js";
import { equal, test } from "../harness.js";

test("the label follows the film without another width, and a switch is on or off", () => {
  const toggled = [];
  const switches = new EpochSwitches((part) => toggled.push(part));
  document.body.append(switches.element);
  const [explore, edit, weight] = switches.element.children;
  const width = (epoch) => {
    switches.update({ epoch, length: 10_000 }, new Set(["edit"]));
    return explore.getBoundingClientRect().width;
  };
  const first = width(1);
  equal(explore.textContent, "Explore epoch 1");
  equal(width(9999), first);
  equal(explore.textContent, "Explore epoch 9,999");
  equal([explore.ariaPressed, edit.ariaPressed], ["false", "true"]);
  explore.click();
  edit.click();
  weight.click();
  equal(toggled, ["explore", "edit", "weight"]);
  switches.element.remove();
});
