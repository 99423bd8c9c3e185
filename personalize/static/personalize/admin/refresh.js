/** Keeps the dashboard's status fresh: fetches the page again and takes over the status when it changed. */
"use strict";
(() => {
  const status = document.getElementById("px-status");
  if (!status) return;
  const seconds = Number(status.dataset.refreshSeconds);

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(location.href, { credentials: "same-origin" });
      if (!response.ok || response.redirected) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById("px-status");
      if (fresh && fresh.textContent !== status.textContent) {
        status.replaceChildren(...fresh.childNodes); // announced once, by role="status"
      }
    } catch {
      // the server is away for a moment: try again
    }
  };
  setInterval(refresh, seconds * 1000);
})();
