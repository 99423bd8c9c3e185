/**
 * What a visitor attends to: visible seconds, scroll depth, what was on screen for a second, and
 * which variants were clicked.
 */

const STEP = 25; // per cent of the page
const DWELL_MS = 1000;
const MARKER = /^px:([\w.:~-]+)$/;
const CLICKABLE = "a[href], button, summary, [role=button], input[type=submit], input[type=button]";
const THRESHOLDS = Array.from({ length: 21 }, (_, step) => step / 20); // tall elements cross few

/** @param {Kit} kit */
export default (kit) => {
  tellEngagement(kit);
  tellSights(kit);
  tellClicks(kit);
};

/** Tell the visible seconds since the last report, and the depth as it grows. @param {Kit} kit */
function tellEngagement({ api, on, safe, departures, path }) {
  let visibleSince = 0;
  let depth = 0;
  let reported = 0;

  const resume = () => {
    visibleSince = document.hidden ? 0 : performance.now();
  };

  const reportDepth = () => api.track("Page Scrolled", { percent: (reported = depth), path: path() });

  const measureDepth = () => {
    const percent = (100 * (scrollY + innerHeight)) / document.documentElement.scrollHeight;
    depth = Math.max(depth, Math.min(100, Math.round(percent)));
    if (Math.floor(depth / STEP) > Math.floor(reported / STEP)) reportDepth();
  };

  const report = (/** @type {boolean} */ isMoved) => {
    const seconds = visibleSince && Math.round((performance.now() - visibleSince) / 1000);
    visibleSince = 0;
    if (seconds) api.track("Page Engaged", { visible_seconds: seconds, path: path() });
    if (depth > reported) reportDepth();
    if (!isMoved) return;
    depth = reported = 0;
    resume();
  };

  on(document, "visibilitychange", () => document.hidden || resume());
  on(window, "pageshow", (event) => event.persisted && resume());
  on(document, "scroll", (event) => event.target === document && measureDepth());
  departures.push(safe(report));
  resume();
}

/** Tell variants and impressions once half of them was on screen for a second. @param {Kit} kit */
function tellSights({ api, safe, properties }) {
  /** What each watched element tells. @type {Map<Element, () => void>} */
  const watched = new Map();
  /** @type {Map<Element, number>} */
  const clocks = new Map();
  /** Markers told or watched already. @type {Set<string>} */
  const known = new Set();

  const dwelt = safe((/** @type {Element} */ element) => {
    if (document.hidden) return wait(element);
    sight.unobserve(element);
    clocks.delete(element);
    watched.get(element)?.();
    watched.delete(element);
  });

  const wait = (/** @type {Element} */ element) => {
    clocks.set(element, setTimeout(dwelt, DWELL_MS, element));
  };

  const isOnScreen = (/** @type {IntersectionObserverEntry} */ entry) =>
    entry.isIntersecting &&
    (entry.intersectionRatio >= 0.5 || entry.intersectionRect.height >= innerHeight / 2);

  const sight = new IntersectionObserver(
    safe((/** @type {IntersectionObserverEntry[]} */ entries) => {
      for (const entry of entries) {
        const { target } = entry;
        if (!isOnScreen(entry)) {
          clearTimeout(clocks.get(target));
          clocks.delete(target);
        } else if (!clocks.has(target) && watched.has(target)) wait(target);
      }
    }),
    { threshold: THRESHOLDS },
  );

  /** @type {(element: Element, tell: () => void) => void} */
  const watch = (element, tell) => {
    const others = watched.get(element);
    watched.set(element, () => (others?.(), tell()));
    sight.observe(element);
  };

  /** A marker stands before what it is about; a slot of bare text is as visible as its parent. */
  const watchMarkers = () => {
    const comments = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
    while (comments.nextNode()) {
      const comment = /** @type {Comment} */ (comments.currentNode);
      const marker = MARKER.exec(comment.data)?.[1];
      if (!marker || known.has(marker)) continue;
      known.add(marker);
      const element = elementAfter(comment) ?? comment.parentElement;
      if (element) watch(element, () => api.track("Variant Seen", { exposure: marker }));
    }
  };

  const watchImpressions = () => {
    for (const element of document.querySelectorAll("[data-pz-view]:not([data-pz-watched])")) {
      element.setAttribute("data-pz-watched", "");
      const event = element.getAttribute("data-pz-view") ?? "";
      watch(element, safe(() => api.track(event, properties(element))));
    }
  };

  let pending = 0;
  const look = safe(() => {
    pending = 0;
    watchMarkers();
    watchImpressions();
  });
  new MutationObserver(() => {
    pending ||= setTimeout(look, 200);
  }).observe(document.body, { childList: true, subtree: true });
  look();
}

/** Tell of each variant in which something was clicked that can be. @param {Kit} kit */
function tellClicks({ api, on }) {
  on(document, "click", (event) => {
    const element = event.target.closest?.(CLICKABLE);
    if (!element || element.closest("[data-pz-ignore]")) return;
    for (const exposure of exposuresAround(element)) api.track("Variant Clicked", { exposure });
  });
}

/** The markers that were opened before an element and not closed, outermost first. @param {Node} element */
function exposuresAround(element) {
  const around = /** @type {(string | undefined)[]} */ ([]);
  const comments = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
  while (comments.nextNode()) {
    const comment = /** @type {Comment} */ (comments.currentNode);
    if (comment.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING) break;
    const marker = MARKER.exec(comment.data)?.[1];
    if (marker) around.push(marker);
    else if (comment.data === "/px") around.pop();
  }
  return around;
}

/** The element between a marker and its end, if there is one. @param {Comment} marker */
function elementAfter(marker) {
  for (let node = marker.nextSibling; node; node = node.nextSibling) {
    if (node instanceof Element) return node;
    if (node instanceof Comment && node.data === "/px") return null;
  }
  return null;
}
