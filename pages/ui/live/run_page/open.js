// Opens a page from what it holds, as base64: the modules and the run.
const held = (id) => Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));

/** Say why the page does not open. */
function fail(error) {
  document.querySelector("main").removeAttribute("aria-busy");
  for (const text of document.querySelectorAll(".opening")) text.remove();
  document.querySelector("[role=alert]").textContent = `This page could not be opened: ${error.message}. It needs a browser of 2024 or later.`;
}

/** Throw unless the browser has what the page cannot do without. */
function assertSupport() {
  for (const name of ["DecompressionStream", "BigInt64Array"]) if (!(name in globalThis)) throw new Error(`${name} is missing`);
  if (!("adoptedStyleSheets" in document)) throw new Error("adoptedStyleSheets is missing");
}

async function openHeld() {
  assertSupport();
  const { code, sheets } = await importModules(held("modules"));
  await code.openPage(held("run"), sheets);
  document.querySelector("main").removeAttribute("aria-busy");
}

openHeld().catch(fail);
