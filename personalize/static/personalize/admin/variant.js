/** Shows, of a variant's contents, those that its kind uses. Without this script all are there. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const used = { rich_text: ["content"], template: ["template", "data"], json: ["data"] };
  const kind = document.getElementById("id_kind");
  if (!kind) return;

  const show = () => {
    for (const name of ["content", "template", "data"]) {
      const row = document.querySelector(`.form-row.field-${name}`);
      const isUsed = used[kind.value].includes(name) || row?.querySelector(".errorlist");
      row?.classList.toggle("hidden", !isUsed);
    }
  };
  kind.addEventListener("change", show);
  show();
});
