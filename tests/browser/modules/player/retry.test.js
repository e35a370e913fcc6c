import { retryDelay } from "/pages/ui/live/player/retry.js";
import { equal, test } from "../harness.js";

await test("a few tries come soon, further ones ever later, but not too late", () => {
  equal([1, 2, 3, 4, 5, 6, 7, 8, 100].map(retryDelay), [2000, 2000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});
