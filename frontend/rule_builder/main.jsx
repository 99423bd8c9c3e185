// Puts a rule builder before each text area that holds a rule; without it the JSON stays editable.
import { createRoot } from "react-dom/client";
import { Builder } from "./Builder.jsx";
import { desk } from "./desk.js";
import "./rule-builder.css";
import { Words, phrase } from "./words.js";

async function build(field) {
  const area = field.querySelector("textarea");
  const { urls, words } = JSON.parse(field.querySelector("script").textContent);
  const place = document.createElement("div");
  place.className = "px-rb";
  area.before(place);
  const token = field.closest("form")?.elements.csrfmiddlewaretoken?.value ?? "";
  const calls = desk(urls, token);
  try {
    const catalogue = await calls.catalogue();
    const title = document.querySelector(`label[for="${area.id}"]`)?.textContent.trim();
    const builder = { area, catalogue, calls, title, segment: area.dataset.segment ?? "" };
    createRoot(place).render(
      <Words.Provider value={words}>
        <Builder {...builder} />
      </Words.Provider>,
    );
  } catch {
    place.textContent = phrase(words, "no_catalogue");
  }
}

function start() {
  document.querySelectorAll("[data-px-rule]").forEach(build);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
