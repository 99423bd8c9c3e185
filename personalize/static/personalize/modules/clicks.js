/** Clicks on links and buttons, for click sequences. Their text stays here: it may name a person. */

const CLICKABLE = "a[href], button, summary, [role=button], input[type=submit]";

/** @param {Kit} kit */
export default ({ api, on, path }) => {
  on(document, "click", (event) => {
    const element = event.target.closest?.(CLICKABLE);
    if (!element || element.closest("[data-pz-event], [data-pz-ignore]")) return;
    const url = element.localName === "a" ? withoutQuery(element) : undefined;
    const name = element.dataset.pzName || element.id || url || element.localName;
    api.track("Element Clicked", { name, url, path: path() });
  });
};

/** An address without query and fragment, which could hold tokens. @param {HTMLAnchorElement} link */
function withoutQuery({ protocol, host, pathname }) {
  return protocol.startsWith("http") ? `${protocol}//${host}${pathname}` : protocol;
}
