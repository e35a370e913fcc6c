// Opens a page from what it holds, as base64: the modules and the run.
const held = (id) => Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));

importModules(held("modules")).then(({ code, sheets }) => code.openPage(held("run"), sheets)).catch((error) => {
  document.querySelector("[role=alert]").textContent = `This page could not be opened: ${error.message}. It needs a browser of 2024 or later.`;
});
