/** How forms fare: started, submitted, abandoned. Never what was typed, only which form and field. */

/** @param {Kit} kit */
export default ({ api, on, departures, safe, path }) => {
  /** Forms that were started and not sent, with the last field touched. @type {Map<HTMLFormElement, string>} */
  const open = new Map();

  const about = (/** @type {HTMLFormElement} */ form) => ({
    form_id: form.dataset.pzForm || form.id || form.getAttribute("name") || action(form),
    path: path(),
  });

  on(document, "input", ({ target }) => {
    const form = target.form;
    if (!form || "pzIgnore" in form.dataset) return;
    if (!open.has(form)) api.track("Form Started", about(form));
    open.set(form, target.name || target.id || "");
  });

  on(document, "submit", ({ target: form }) => {
    if ("pzIgnore" in form.dataset) return;
    open.delete(form);
    api.track("Form Submitted", about(form));
  });

  departures.push(
    safe(() => {
      for (const [form, field] of open) api.track("Form Abandoned", { ...about(form), field });
      open.clear();
    }),
  );
};

/** Where a nameless form is sent to, without the query, which could hold values. @param {HTMLFormElement} form */
function action(form) {
  return new URL(form.getAttribute("action") || location.href, location.href).pathname;
}
