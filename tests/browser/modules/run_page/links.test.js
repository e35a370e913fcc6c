import { followLinks } from "/pages/ui/live/run_page/links.js";
import { equal, test } from "../harness.js";

followLinks();

/** Return a link in a shadow root to a place far below. */
function linkTo(address) {
  const [host, space, place] = ["div", "div", "section"].map((tag) => document.body.appendChild(document.createElement(tag)));
  space.style.height = "5000px";
  place.id = "place";
  const link = document.createElement("a");
  link.href = address;
  link.append(document.createElement("b"));
  host.attachShadow({ mode: "open" }).append(link);
  return { link, place };
}

const click = (link, more) => link.firstChild.dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true, cancelable: true, ...more }));

test("a link in a shadow root leads to its place, and the keyboard with it", () => {
  const { link, place } = linkTo("#place");
  equal(click(link), false);
  equal([document.activeElement === place, place.getBoundingClientRect().top < innerHeight], [true, true]);
  equal(location.hash, "#place");
  place.blur();
  equal(place.hasAttribute("tabindex"), false);
});

test("other links, and clicks that open another tab, are the browser's", () => {
  addEventListener("click", (event) => {
    left.push(!event.defaultPrevented);
    event.preventDefault(); // here nothing may be opened
  });
  const left = [];
  click(linkTo("#nowhere").link);
  click(linkTo("#place").link, { ctrlKey: true });
  click(linkTo("https://class.example/#place").link);
  equal(left, [true, true, true]);
});
