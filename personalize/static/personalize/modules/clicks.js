/** Clicks on links and buttons, for click sequences. Their text stays here: it may name a person. */

const CLICKABLE = "a[href], button, summary, [role=button], input[type=submit]";

/** @param {Kit} kit */
export default ({ api, on }) => {
  on(document, "click", (event) => {
    const element = event.target.closest?.(CLICKABLE);
    if (!element || element.closest("[data-pz-event], [data-pz-ignore]")) return;
    api.track("Element Clicked", {
      element: element.localName,
      element_id: element.dataset.pzName || element.id || undefined,
      href: element.href ? new URL(element.href).pathname : undefined,
      host: element.host && element.host !== location.host ? element.host : undefined,
    });
  });
};
