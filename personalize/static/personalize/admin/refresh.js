/** Keeps parts of a screen fresh: fetches each, and takes it over when it changed. */
"use strict";
(() => {
  const words = (node) => node.textContent.replace(/\s+/g, " ").trim();

  const refresh = async (part) => {
    if (document.hidden) return;
    try {
      const address = `?part=${part.dataset.part}`;
      const response = await fetch(address, { credentials: "same-origin" });
      if (!response.ok || response.redirected) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.body;
      if (words(fresh) !== words(part)) {
        part.replaceChildren(...fresh.childNodes); // announced once, where it has role="status"
      }
    } catch {
      // the server is away for a moment: try again
    }
  };

  for (const part of document.querySelectorAll("[data-part]")) {
    setInterval(refresh, Number(part.dataset.refreshSeconds) * 1000, part);
  }
})();
