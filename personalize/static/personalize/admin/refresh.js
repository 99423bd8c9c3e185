/** Keeps the dashboard's status fresh: fetches it, and takes it over when it changed. */
"use strict";
(() => {
  const status = document.getElementById("px-status");
  if (!status) return;
  const seconds = Number(status.dataset.refreshSeconds);

  const words = (node) => node.textContent.replace(/\s+/g, " ").trim();

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch("?part=status", { credentials: "same-origin" });
      if (!response.ok || response.redirected) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.body;
      if (words(fresh) !== words(status)) {
        status.replaceChildren(...fresh.childNodes); // announced once, by role="status"
      }
    } catch {
      // the server is away for a moment: try again
    }
  };
  setInterval(refresh, seconds * 1000);
})();
