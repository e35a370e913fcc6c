import { Messages } from "/pages/ui/live/player/messages.js";
import { equal, test } from "../harness.js";

const retry = { name: "retry", label: "Go back", help: "With a smaller learning rate" };
const message = (text, fields = {}) => ({ text, kind: "note", actions: [], epoch: null, ...fields });
const at = (epoch, playing = false) => ({ epoch, playing });

/** Return messages in a page, the names of their actions that were pressed, and what is visible. */
function opened(...list) {
  const pressed = [];
  const messages = new Messages((name) => pressed.push(name));
  const section = document.createElement("section");
  section.tabIndex = 0;
  section.append(messages.element);
  document.body.append(section);
  messages.fill(list);
  const seen = () => [...messages.element.children].filter((one) => !one.classList.contains("away")).map((one) => one.textContent);
  return { messages, section, pressed, seen, button: () => messages.element.querySelector("button") };
}

test("what a file or a column is called is text, whatever it is", () => {
  const hostile = "<img src=x onerror=alert(1)> *b* [a](http://x) :material/home: &lt; $x$";
  const { messages, seen } = opened(message(hostile, { actions: [{ name: "retry", label: hostile, help: hostile }] }));
  equal(seen(), [hostile + hostile]);
  equal([...messages.element.querySelectorAll("*")].map(({ tagName }) => tagName), ["DIV", "SPAN", "BUTTON"]);
});

test("what is about an epoch is withdrawn while the film is elsewhere or plays, and the rest stays", () => {
  const { messages, seen } = opened(message("stalls", { epoch: 7 }), message("kept"));
  messages.update(at(7));
  equal(seen(), ["stalls", "kept"]);
  messages.update(at(7, true));
  equal(seen(), ["kept"]);
  messages.update(at(8));
  equal(seen(), ["kept"]);
  messages.update(at(7));
  equal(seen(), ["stalls", "kept"]);
});

test("a warning is told from a note by a sign with a name", () => {
  const { messages } = opened(message("diverged", { kind: "warning" }), message("kept"));
  const signs = [...messages.element.children].map((one) => one.querySelector("svg")?.getAttribute("aria-label") ?? "");
  equal(signs, ["Warning", ""]);
});

test("a button acts once, shows that it does, and can be pressed again once the run is another", () => {
  const { messages, pressed, button } = opened(message("diverged", { actions: [retry] }));
  equal(button().title, retry.help);
  button().click();
  button().click();
  equal([pressed, button().textContent, button().ariaDisabled], [["retry"], "Go back …", "true"]);
  messages.fill([message("diverged", { actions: [retry] })]);
  equal(button().ariaDisabled, "true", "the same messages again: it is not answered");
  messages.forget();
  messages.fill([message("diverged", { actions: [retry] })]);
  equal([button().textContent, button().ariaDisabled], ["Go back", null]);
});

test("the focus stays on the button, or goes to the stage if there is none any more", () => {
  const { messages, section, button } = opened(message("one", { actions: [retry] }));
  button().focus();
  messages.fill([message("two", { actions: [retry] })]);
  equal(document.activeElement === button(), true);
  messages.fill([message("three")]);
  equal(document.activeElement === section, true);
});

test("the same messages again are not drawn anew, so that they are read out once", () => {
  const { messages } = opened(message("kept"));
  const [before] = messages.element.children;
  messages.fill([message("kept")]);
  equal(messages.element.firstChild === before, true);
});
