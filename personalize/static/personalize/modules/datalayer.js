/** Reads GA4 e-commerce pushes from `dataLayer`, and tells them in the Segment spec's words. */

/** GA4's event → ours, and whether it is told per item. @type {Map<string, [string, "each" | "all" | "none"]>} */
const EVENTS = new Map([
  ["view_item", ["Product Viewed", "each"]],
  ["select_item", ["Product Clicked", "each"]],
  ["add_to_cart", ["Product Added", "each"]],
  ["remove_from_cart", ["Product Removed", "each"]],
  ["add_to_wishlist", ["Product Added to Wishlist", "each"]],
  ["view_item_list", ["Product List Viewed", "all"]],
  ["view_cart", ["Cart Viewed", "all"]],
  ["begin_checkout", ["Checkout Started", "all"]],
  ["purchase", ["Order Completed", "all"]],
  ["search", ["Products Searched", "none"]],
  ["view_search_results", ["Products Searched", "none"]],
  ["share", ["Content Shared", "none"]],
  ["sign_up", ["Signed Up", "none"]],
  ["login", ["Signed In", "none"]],
]);

/** @type {Map<string, string>} */
const ITEM_NAMES = new Map([
  ["item_id", "product_id"],
  ["item_name", "name"],
  ["item_brand", "brand"],
  ["item_variant", "variant"],
  ["item_category", "category"],
  ["price", "price"],
  ["quantity", "quantity"],
  ["coupon", "coupon"],
  ["index", "position"],
  ["item_list_id", "list_id"],
]);

/** @type {Map<string, string>} */
const NAMES = new Map([
  ["currency", "currency"],
  ["value", "value"],
  ["transaction_id", "order_id"],
  ["affiliation", "affiliation"],
  ["shipping", "shipping"],
  ["tax", "tax"],
  ["coupon", "coupon"],
  ["search_term", "query"],
  ["item_list_id", "list_id"],
  ["item_list_name", "category"],
  ["method", "method"],
  ["content_type", "content_type"],
  ["item_id", "content_id"],
]);

/** Keep the known names alone, each under ours. @type {(from: object, names: Map<string, string>) => Properties} */
const renamed = (from, names) =>
  Object.fromEntries(
    Object.entries(from)
      .filter(([key, value]) => names.has(key) && value !== undefined)
      .map(([key, value]) => [names.get(key), value]),
  );

/** @param {Kit} kit */
export default ({ api, safe }) => {
  const tell = safe((/** @type {any} */ pushed) => {
    const [name, parameters] = read(pushed);
    const [event, items] = EVENTS.get(name) ?? [];
    if (!event) return;
    const about = toProperties(name, parameters);
    const products = (parameters.items ?? []).map((/** @type {object} */ item) => renamed(item, ITEM_NAMES));
    if (items === "each") {
      for (const product of products) api.track(event, { ...withoutTotal(about), ...product });
    } else api.track(event, items === "all" ? { ...about, products } : about);
  });

  const layer = (window.dataLayer ??= []);
  layer.forEach(tell);
  const original = layer.push;
  layer.push = (...given) => {
    given.forEach(tell);
    return original.apply(layer, given);
  };
};

/** Both forms in use: `push({event, ecommerce: {…}})` and `gtag("event", name, {…})`. @param {any} pushed */
function read(pushed) {
  if (pushed?.[0] === "event") return [pushed[1], pushed[2] ?? {}];
  return [pushed?.event, pushed?.ecommerce ?? pushed ?? {}];
}

/** @type {(name: string, parameters: any) => Properties} */
function toProperties(name, parameters) {
  const { value, method, ...rest } = renamed(parameters, NAMES);
  if (name === "purchase") return { ...rest, total: value };
  if (name === "share") return { ...rest, share_via: method };
  return { ...rest, value, method };
}

/** The value of several items is no item's value. @param {Properties} about */
function withoutTotal({ value: _, ...about }) {
  return about;
}
