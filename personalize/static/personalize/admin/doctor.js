/** Looks at a page as a stranger would: is the tracker in it, does it load, does its endpoint answer. */
"use strict";
(() => {
  const form = document.getElementById("px-look");
  const found = document.getElementById("px-found");
  const said = JSON.parse(document.getElementById("px-said").textContent);

  // Without cookies: nothing is counted as this browser's visit.
  const ask = (url, options) =>
    fetch(url, { credentials: "omit", ...options }).catch(() => ({ ok: false, status: "–" }));

  const look = async (path) => {
    const page = await ask(path);
    if (!page.ok) return said.noPage.replace("%s", page.status);
    const html = new DOMParser().parseFromString(await page.text(), "text/html");
    const tag = html.querySelector("script[src][data-endpoint]");
    if (!tag) return said.noTag;
    const source = new URL(tag.getAttribute("src"), page.url);
    if (!(await ask(source)).ok) return said.noScript.replace("%s", source.pathname);
    const endpoint = new URL(`${tag.dataset.endpoint}v1/batch`, page.url);
    const answer = await ask(endpoint, { method: "OPTIONS" }); // asks without sending an event
    return (answer.ok ? said.good : said.noEndpoint).replace("%s", endpoint.pathname);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    found.textContent = said.looking;
    found.textContent = await look(document.getElementById("px-path").value);
  });
})();
