import { SteadyRegion } from "/pages/ui/live/player/steady_region.js";
import { equal, test } from "../harness.js";

const observed = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

await test("it grows with its contents and does not shrink until it is released or has another width", async () => {
  const content = document.createElement("div");
  const steady = new SteadyRegion(content);
  steady.element.style.width = "300px";
  document.body.append(steady.element);
  const heightWith = async (height) => {
    content.style.height = `${height}px`;
    await observed();
    return steady.element.offsetHeight;
  };
  equal([await heightWith(60), await heightWith(20)], [60, 60], "as it was first seen");
  equal([await heightWith(80), await heightWith(20)], [80, 80]);
  steady.release();
  await observed();
  equal([await heightWith(20), await heightWith(40)], [20, 40]);
  steady.release(); // as high as before
  await observed();
  equal(await heightWith(30), 40);
  steady.element.style.width = "200px";
  await observed();
  equal([await heightWith(30), await heightWith(10)], [30, 30]);
});
