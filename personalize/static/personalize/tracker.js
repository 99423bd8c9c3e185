/**
 * The tracker: tells the site's own `personalize` what a visitor does, and fills async slots.
 * Shipped as written, at most 4 kB gzipped. See docs/reference/tracker.md
 */
"use strict";
(() => {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const config = script.dataset;
  const early = window.personalize ?? [];
  if (!Array.isArray(early)) return; // a second copy of this script

  /** Keep every error from the page. @type {Kit["safe"]} */
  const safe = (work) =>
    /** @type {any} */ (
      (/** @type {any[]} */ ...args) => {
        const warn = (/** @type {any} */ error) => "debug" in config && console.warn(error);
        try {
          const result = work(...args);
          return result?.catch ? result.catch(warn) : result;
        } catch (error) {
          warn(error);
        }
      }
    );

  /** @type {Kit["on"]} */
  const on = (target, type, listener) => target.addEventListener(type, safe(listener), true);

  // Consent: nothing is sent or stored before it; a browser's signal is a refusal.

  const granted = () => {
    const chosen = /(?:^|; )px_consent=([\w.]*)/.exec(document.cookie)?.[1]?.split(".") ?? [];
    const isRefused = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
    return ["analytics", "personalization", "marketing"].filter(
      (purpose) => !config.consent?.includes(purpose) || (!isRefused && chosen.includes(purpose)),
    );
  };

  const obey = () =>
    (isOn = granted().includes("analytics") && !document.querySelector("[data-pz-preview]")) ||
    forget();

  // Sending: one request at a time, so that order holds and one answer sets the visitor's cookie.

  const STORE = "px_queue";
  const KEPT = 300;
  let queue = /** @type {string[]} */ ([]); // events as JSON, oldest first
  let isOn = false;
  let isBusy = false;
  let isKnown = false; // the endpoint has answered, so the cookie is set
  let failures = 0;
  let timer = 0;

  const size = (text = "") => new Blob([text]).size;

  const body = (batch = queue) =>
    `{"batch":[${batch}],"sentAt":"${new Date().toISOString()}"}`;

  const call = (path = "", text = "", method = "POST") =>
    fetch(config.endpoint + path, {
      method,
      body: text,
      keepalive: true,
      credentials: "include",
      headers: { "Content-Type": "application/json" },
    });

  // What could not be sent is stored until it was; without storage, memory has to do.

  const stored = () => (localStorage.getItem(STORE) ?? "").split("\n").filter(Boolean);

  const store = (texts = queue) =>
    texts[0] ? localStorage.setItem(STORE, texts.join("\n")) : localStorage.removeItem(STORE);

  const recall = safe(() => {
    queue = [...new Set([...stored(), ...queue])].slice(-KEPT);
  });

  const park = safe(() => {
    recall();
    store();
    queue = [];
  });

  const strike = safe((batch = queue) => store(stored().filter((text) => !batch.includes(text))));

  /** The next batch: at most 20 events, and less than the 64 kB that may outlive a page. */
  const take = () => {
    let room = 6e4;
    const end = queue.findIndex((text, index) => index > 19 || (room -= size(text) + 1) < 0);
    return queue.splice(0, end < 0 ? KEPT : end || 1);
  };

  const later = (wait = 0) => {
    timer ||= setTimeout(safe(send), wait);
  };

  async function send() {
    timer = 0;
    if (isBusy || !isOn) return;
    recall();
    const batch = take();
    if (!batch[0]) return;
    isBusy = true;
    const answer = await call("v1/batch", body(batch)).catch(() => null);
    isBusy = false;
    if (!isOn) return;
    if (answer && answer.status !== 429 && answer.status < 500) {
      isKnown = true;
      failures = 0;
      strike(batch);
      if (queue[0]) later(0);
    } else {
      const asked = Number(answer?.headers.get("Retry-After"));
      later(1e3 * Math.min(600, asked || 2 ** failures++ * (0.5 + Math.random())));
      queue.unshift(...batch);
      park();
    }
  }

  /** The page may be gone soon: hand all to the browser, or store it. */
  const flush = () => {
    const isReachable = !failures && navigator.onLine && (isKnown || !isBusy);
    for (let batch; isReachable && (batch = take())[0]; strike(batch)) {
      if (navigator.sendBeacon(config.endpoint + "v1/batch", body(batch))) continue;
      queue.unshift(...batch);
      break;
    }
    if (queue[0]) park();
  };

  // Events

  let page = { path: "", referrer: "", search: "", url: "" };

  const context = () => ({
    page: { ...page, title: document.title },
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: { width: screen.width, height: screen.height, innerWidth, innerHeight },
    ...(navigator.webdriver && { webdriver: true }),
  });

  const uuid = () =>
    crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint32Array(4))].join("-");

  /** @type {Emit} */
  const emit = safe((type, fields, options) => {
    if (!isOn) return;
    const text = JSON.stringify({
      type,
      messageId: uuid(),
      timestamp: new Date().toISOString(),
      ...fields,
      context: { ...context(), ...options?.context },
    });
    if (size(text) < 32e3) queue = [...queue, text].slice(-KEPT);
    later(0); // the next page needs it; what happens meanwhile travels together
  });

  /** @type {Personalize & {__proto__: null}} */
  const api = {
    __proto__: null,
    track: (event, properties, options) => emit("track", { event, properties }, options),
    page: safe((...args) => {
      const names = args.filter((value) => typeof value === "string");
      const [properties, options] = args.slice(names.length);
      const named = { name: names.pop(), category: names.pop() };
      emit("page", { ...named, properties: { ...context().page, ...named, ...properties } }, options);
    }),
    identify: (userId, traits, options) => emit("identify", { userId, traits }, options),
    group: (groupId, traits, options) => emit("group", { groupId, traits }, options),
    alias: (userId, previousId) => emit("alias", { userId, previousId }),
    reset: safe(() => (flush(), forget())),
    consent: async (choice) => {
      if (choice) {
        const answer = await call("v1/consent", JSON.stringify({ purposes: choice }), "PUT");
        if (!answer.ok) throw new Error("consent: " + answer.status);
        const wasOn = isOn;
        if (obey() && !wasOn) open();
      }
      return granted();
    },
    refresh: safe(() => fill()),
    push: safe((command) => {
      let method = /** @type {any} */ (api);
      for (const key of command[0].split(".")) method = Object.hasOwn(method, key) && method[key];
      method ? safe(method)(...command.slice(1)) : early.push(command);
    }),
  };

  const forget = safe(() => store((queue = [])));

  // Pages

  const departures = /** @type {Kit["departures"]} */ ([]);
  let place = ""; // the address of the last view
  let arrival = 0;

  const address = () => location.href.replace(/#.*/, "");

  const open = () => config.pages === "manual" || api.page();

  const view = () => {
    /** @type {HTMLLinkElement | null} */
    const canonical = page.url ? null : document.querySelector("link[rel=canonical]");
    page = {
      path: new URL(canonical?.href ?? address()).pathname,
      referrer: page.url || document.referrer,
      search: location.search,
      url: (place = address()),
    };
    open();
    api.refresh();
  };

  const depart = (isMoved = false) => departures.forEach((tell) => tell(isMoved));

  /** A page that changes its address without loading is a new page, once its title has settled. */
  const navigate = () => {
    if (place === (place = address())) return;
    depart(true);
    clearTimeout(arrival);
    arrival = setTimeout(safe(view), 50);
  };

  const leave = () => (depart(), flush());

  // What the markup declares: events, async slots

  /** @type {Kit["properties"]} */
  const properties = (element) => JSON.parse(element.getAttribute("data-pz-props") ?? "{}");

  const declared = (/** @type {any} */ { type, target }) => {
    const element = target.closest?.((type === "submit" ? "form" : ":not(form)") + "[data-pz-event]");
    if (element) api.track(element.dataset.pzEvent, properties(element));
  };

  const fill = async () => {
    /** @type {NodeListOf<HTMLElement>} */
    const slots = document.querySelectorAll("[data-pz-slot]:not([data-pz-asked])");
    if (!slots[0]) return;
    for (const slot of slots) slot.dataset.pzAsked = "";
    try {
      const keys = new Set(Array.from(slots, (slot) => slot.dataset.pzSlot));
      const answer = await call("v1/decide", JSON.stringify({ slots: [...keys], context: context() }));
      const { fragments } = await answer.json();
      for (const slot of slots) {
        const html = fragments[slot.dataset.pzSlot ?? ""];
        if (typeof html === "string") slot.innerHTML = html;
      }
    } finally {
      for (const slot of slots) slot.removeAttribute("aria-busy");
    }
  };

  // Start

  const load = async (name = "") => {
    const url = new URL(name.includes("/") ? name : `modules/${name}.js`, script.src);
    (await import(url.href)).default({ api, on, safe, properties, departures, path: () => page.path });
    early.splice(0).forEach(api.push);
  };

  const begin = safe(() => {
    window.personalize = api;
    window.analytics ??= api;
    obey();
    view();
    early.splice(0).forEach(api.push);
    (config.modules ?? "attention").split(" ").filter(Boolean).forEach(safe(load));
    on(document, "visibilitychange", () => document.hidden && leave());
    on(window, "pagehide", leave);
    on(window, "pageshow", (event) => event.persisted && view());
    on(window, "online", () => (clearTimeout(timer), (timer = 0), later(0)));
    on(document, "click", declared);
    on(document, "submit", declared);
    on(window, "popstate", navigate);
    for (const name of /** @type {const} */ (["pushState", "replaceState"])) {
      const original = history[name];
      history[name] = (...args) => (original.apply(history, args), safe(navigate)());
    }
  });

  document.prerendering ? on(document, "prerenderingchange", begin) : begin();
})();
