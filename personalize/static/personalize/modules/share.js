/** Social shares: links and buttons marked `data-pz-share`, and `personalize.share(content)`. */

/** @param {Kit} kit */
export default ({ api, on, safe, properties, path }) => {
  /** @type {(via: string, about: Properties) => void} */
  const tell = (via, about) => {
    const event = "product_id" in about ? "Product Shared" : "Content Shared";
    api.track(event, { share_via: via, url: location.origin + path(), path: path(), ...about });
  };

  /** Open the device's own share sheet, and tell only of a share that was carried out. */
  api.share = async (content, about = {}) => {
    await navigator.share(content);
    tell("device", about);
  };

  on(document, "click", (event) => {
    const element = event.target.closest?.("[data-pz-share]");
    if (!element) return;
    const via = element.dataset.pzShare;
    if (via !== "device") return tell(via, properties(element));
    const url = element.dataset.pzUrl || location.href;
    return safe(() => api.share?.({ url, title: document.title }, properties(element)))();
  });
};
