// The page's colours: those of the person's scheme, and on paper the light ones.
const SCHEME = "(prefers-color-scheme: dark)";

/** Have every part `restyle()` when the colours change; on paper they are light before the browser copies the page to print it. */
export function watchTheme(...parts) {
  const restyle = () => parts.forEach((part) => part.restyle());
  for (const query of [SCHEME, "print"]) matchMedia(query).addEventListener("change", restyle);
  for (const [event, isPaper] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(event, () => {
      document.documentElement.classList.toggle("paper", isPaper);
      restyle();
    });
  }
}
