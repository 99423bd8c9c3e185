/** Calls for a shop: `personalize.cart`, `wishlist`, `checkout` and `order`, each one event. */

/** @param {Kit} kit */
export default ({ api }) => {
  /** @type {(event: string) => (product: Product) => void} */
  const tells = (event) => (product) => api.track(event, { quantity: 1, ...product });

  api.cart = {
    add: tells("Product Added"),
    remove: tells("Product Removed"),
    view: (products, cart) => api.track("Cart Viewed", { ...cart, products }),
  };
  api.wishlist = {
    add: (product) => api.track("Product Added to Wishlist", product),
    remove: (product) => api.track("Product Removed from Wishlist", product),
  };
  api.checkout = { start: (order) => api.track("Checkout Started", order) };
  api.order = { complete: (order) => api.track("Order Completed", order) };
};
