/** Follows a job: asks how far it is, and reloads the page when it is over. */
"use strict";
(() => {
  const panel = document.getElementById("px-job");
  if (!panel) return;

  const follow = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(panel.dataset.stateUrl, { credentials: "same-origin" });
      if (!response.ok || response.redirected) return;
      const job = await response.json();
      panel.querySelector("[data-state]").textContent = job.state;
      panel.querySelector("progress").value = job.percent;
      const said = panel.querySelector("[data-said]");
      if (said.textContent !== job.said) said.textContent = job.said;
      if (!job.isOpen) location.reload(); // with its result, and other buttons
    } catch {
      // the server is away for a moment: try again
    }
  };
  setInterval(follow, 2000);
})();
