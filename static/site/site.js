/**
 * The site's own script: the cart's count, the consent banner, copy buttons, and the page's event.
 * Pages work without it.
 */
"use strict";
(() => {
  const tracker = (window.personalize ??= []);
  const cookie = (name) => new RegExp(`(?:^|; )${name}=([^;]*)`).exec(document.cookie)?.[1];

  const showCount = () => {
    const count = Number(cookie("basket_count"));
    for (const badge of document.querySelectorAll("[data-basket-count]")) {
      badge.textContent = String(count);
      badge.hidden = !count;
    }
  };

  /** Tell what this page is about: `<body data-view="Product Viewed" data-view-props="{…}">`. */
  const tellView = () => {
    const { view, viewProps, reader, readerName } = document.body.dataset;
    if (view) tracker.push(["track", view, JSON.parse(viewProps ?? "{}")]);
    if (reader) tracker.push(["identify", reader, { first_name: readerName }]);
  };

  /** Record a choice: the names of the purposes that are granted, of all that the form offers. */
  const choose = async (form, granted) => {
    const purposes = Array.from(form.elements.purpose, (box) => [box.value, granted.includes(box.value)]);
    if (Array.isArray(window.personalize)) return; // no tracker: the visitor is asked again
    try {
      await window.personalize.consent(Object.fromEntries(purposes));
      document.getElementById("consent").hidden = true;
    } catch {
      // the banner stays, to be tried again
    }
  };

  const setUpConsent = () => {
    const [version, ...chosen] = cookie("px_consent")?.split(".") ?? [];
    const current = document.querySelector("[data-consent-version]")?.dataset.consentVersion;
    const decided = version === current ? chosen : []; // a choice on an older wording is none
    const refused = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
    const page = document.querySelector(".px-my-data"); // has forms of its own
    const editor = document.getElementById("cms-top"); // the banner would cover what is edited
    const isAsked = !decided.length && !refused && !page && !editor;
    document.getElementById("consent").hidden = !isAsked;
    for (const form of document.querySelectorAll("[data-consent-form]")) {
      for (const box of form.elements.purpose) box.checked = decided.includes(box.value);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        choose(form, new FormData(form).getAll("purpose"));
      });
      for (const button of form.querySelectorAll("[data-consent]")) {
        const all = Array.from(form.elements.purpose, (box) => box.value);
        button.addEventListener("click", () => choose(form, button.dataset.consent === "all" ? all : []));
      }
    }
  };

  const setUpCopy = () => {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.addEventListener("click", () => navigator.clipboard?.writeText(button.dataset.copy));
    }
  };

  for (const start of [showCount, tellView, setUpConsent, setUpCopy]) start();
  window.addEventListener("pageshow", showCount);
})();
