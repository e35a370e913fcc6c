import { copyLink, updateEpoch } from "/pages/ui/live/streamlit/copy_link.js";
import { equal, test } from "../harness.js";

test("whoever drops the address's parameters, the next epoch brings all of them back", () => {
  const before = location.href;
  const params = { run: "ticket", data: "xor", epoch: "3", open: "" };
  copyLink({ data: { params, secret: "run", note: "" }, parentElement: document.createElement("div") });
  history.replaceState(null, "", "/other");
  updateEpoch(4);
  const { pathname, search } = location;
  history.replaceState(null, "", before);
  equal(pathname + search, "/other?run=ticket&data=xor&epoch=4");
});

test("a page's parameters are not the next page's", () => {
  const before = location.href;
  const button = document.createElement("div");
  copyLink({ data: { params: { sample: "2" }, secret: "run", note: "" }, parentElement: button });
  history.replaceState(null, "", "/next");
  copyLink({ data: { params: { data: "iris" }, secret: "run", note: "" }, parentElement: button });
  const { search } = location;
  history.replaceState(null, "", before);
  equal(search, "?data=iris");
});

test("a link that waits stays the address, whatever run is on display", () => {
  const before = location.href;
  const data = { params: { data: "iris", epoch: "34" }, secret: "run", note: "", waits: true };
  const button = document.createElement("div");
  history.replaceState(null, "", "/train");
  copyLink({ data, parentElement: button });
  updateEpoch(5);
  const waiting = location.search;
  copyLink({ data: { ...data, params: { data: "xor", epoch: "0" }, waits: false }, parentElement: button });
  updateEpoch(6);
  const { search } = location;
  history.replaceState(null, "", before);
  equal([waiting, search], ["?data=iris&epoch=34", "?data=xor&epoch=6"]);
});
