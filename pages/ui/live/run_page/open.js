// Opens a page from what it holds, as base64: the modules and the run.
const NEEDED = ["DecompressionStream", "BigInt64Array", "CSSStyleSheet"];
const DAMAGED = "This file is damaged: download or copy it again.";

/** Return the bytes that an element holds. */
function bytesOf(id) {
  const text = document.getElementById(id).textContent;
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = letters.charCodeAt(at); // Uint8Array.from is ten times slower
  return bytes;
}

/** Say what is wrong. */
function say(sentence) {
  document.querySelector("main").removeAttribute("aria-busy");
  document.querySelector("[role=alert]").textContent = sentence;
}

/** Say why the page does not open, and hide what stays empty, with the links to it. */
function fail(sentence) {
  for (const part of document.querySelectorAll("[data-part]")) {
    const section = part.closest("section");
    part.replaceChildren();
    section.hidden = true;
    for (const link of document.querySelectorAll(`[href="#${section.id}"]`)) {
      const alone = link.closest("nav li, .skip");
      if (alone) alone.remove();
      else link.replaceWith(...link.childNodes); // a word of a sentence
    }
  }
  say(sentence);
}

/** Return the modules, their style sheets and the run, read at the same time. */
async function read() {
  const modules = importModules(bytesOf("modules"));
  const run = decompress(bytesOf("run")).arrayBuffer();
  const [{ code, sheets }, message] = await Promise.all([modules, run]);
  return { code, sheets, message: new Uint8Array(message) };
}

/** Fill the page; if a part fails, those before it remain. */
async function fill({ code, sheets, message }) {
  try {
    await code.openPage(message, sheets);
    document.querySelector("main").removeAttribute("aria-busy");
  } catch (error) {
    say(`A part of this page could not be opened: ${error.message.replace(/\.$/, "")}.`);
  }
}

const isSupported = NEEDED.every((name) => name in globalThis) && "adoptedStyleSheets" in document;
if (isSupported) read().then(fill, () => fail(DAMAGED));
else fail(document.querySelector("[role=alert]").dataset.tooOld);
