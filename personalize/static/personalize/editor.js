/**
 * Tabs for the slots of a page that is being edited: one for the default, one for each variant, in
 * the order in which they are tried. Without this script all parts stand below each other.
 */
"use strict";
(() => {
  const shown = new Map(); // by the slot's key: the part that its editor looks at

  /** Build the tabs of every slot that has none, or whose parts have changed. */
  const build = () => {
    for (const slot of document.querySelectorAll("[data-pz-slot]")) new Tabs(slot).draw();
  };

  const key = (part) => part.dataset.pzVariant || "default";

  const silence = (event) => event.stopPropagation();

  const element = (name, className, properties = {}) =>
    Object.assign(document.createElement(name), { className, ...properties });

  const openForm = (url, title) => {
    const address = new URL(url, location.href);
    address.searchParams.set("cms_path", location.pathname);
    address.searchParams.set("_popup", "1");
    new window.CMS.Modal({ onClose: false }).open({ url: address.pathname + address.search, title });
  };

  class Tabs {
    constructor(slot) {
      this.slot = slot;
      this.id = slot.dataset.pzSlot;
      this.words = JSON.parse(slot.querySelector(":scope > script").textContent);
      const parts = [...slot.querySelectorAll(".pz-edit-part")];
      this.parts = parts.filter((part) => part.closest("[data-pz-slot]") === slot);
      this.fallback = this.parts.find((part) => !part.dataset.pzVariant);
    }

    variants() {
      const variants = this.parts.filter((part) => part.dataset.pzVariant);
      return variants.sort((a, b) => a.dataset.pzPriority - b.dataset.pzPriority);
    }

    draw(focused = null) {
      const head = this.slot.querySelector(":scope > .pz-edit-head");
      // django CMS would lay its "double-click to edit" over the tabs.
      for (const name of ["mouseover", "mousemove", "pointerover", "pointermove"]) {
        head.addEventListener(name, silence);
      }
      head.querySelectorAll(".pz-tabs, .pz-add, .pz-said").forEach((old) => old.remove());
      this.said = element("span", "pz-said", { role: "status" });
      this.list = element("div", "pz-tabs", { role: "tablist", title: this.words.hint });
      this.list.setAttribute("aria-label", this.slot.getAttribute("aria-label"));
      this.list.append(this.tab(null, this.words.all));
      for (const part of [...this.variants(), this.fallback]) {
        this.list.append(this.tab(part, part.dataset.pzName));
        this.controls(part);
      }
      this.list.addEventListener("keydown", (event) => this.walk(event));
      const add = element("button", "pz-add", { type: "button", textContent: `+ ${this.words.add}` });
      add.addEventListener("click", () => openForm(this.slot.dataset.pzAdd, this.words.add));
      head.append(this.list, add, this.said);
      const known = [...this.list.children].some((tab) => tab.dataset.pzKey === shown.get(this.id));
      const previewed = this.parts.find((part) => "pzShown" in part.dataset);
      this.show(known ? shown.get(this.id) : previewed ? key(previewed) : "all");
      if (focused) this.list.querySelector(`[data-pz-key="${focused}"]`)?.focus();
    }

    tab(part, label) {
      const name = part ? key(part) : "all";
      const tab = element("button", "pz-tab", { type: "button", textContent: label });
      tab.setAttribute("role", "tab");
      tab.dataset.pzKey = name;
      if (part) {
        part.id = `pz-part-${this.id}-${name}`;
        tab.setAttribute("aria-controls", part.id);
        tab.title = part.querySelector(".pz-edit-badge").textContent.trim();
        const share = part.querySelector(":scope > .pz-edit-badge .pz-edit-share");
        if (share) tab.append(element("small", "", { textContent: ` · ${share.textContent}` }));
      }
      tab.addEventListener("click", () => this.show(name));
      if (part?.dataset.pzVariant) this.draggable(tab, name);
      return tab;
    }

    /** Let the variant be dragged, or dropped upon: then it makes room. */
    draggable(tab, name) {
      tab.draggable = true;
      tab.addEventListener("dragstart", (event) => {
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/x-personalize", `${this.id} ${name}`);
      });
      tab.addEventListener("dragover", (event) => event.preventDefault());
      tab.addEventListener("drop", (event) => {
        event.preventDefault();
        const [slot, moved] = event.dataTransfer.getData("text/x-personalize").split(" ");
        if (slot === this.id && moved !== name) this.move(moved, this.place(name));
      });
    }

    /** Show the buttons that change one variant below its badge. */
    controls(part) {
      part.querySelector(":scope > .pz-controls")?.remove();
      if (!part.dataset.pzVariant) return;
      const row = element("div", "pz-controls");
      const name = key(part);
      const say = (word, act, isOff = false) => {
        const button = element("button", "pz-control", { type: "button", textContent: this.words[word] });
        button.disabled = isOff;
        button.addEventListener("click", act);
        row.append(button);
      };
      const place = this.place(name);
      say("edit", () => openForm(part.dataset.pzForm, part.dataset.pzName));
      say("earlier", () => this.move(name, place - 1), place === 0);
      say("later", () => this.move(name, place + 1), place === this.variants().length - 1);
      part.querySelector(":scope > .pz-edit-badge").after(row);
    }

    place(name) {
      return this.variants().findIndex((part) => key(part) === name);
    }

    show(name) {
      shown.set(this.id, name);
      for (const part of this.parts) part.hidden = name !== "all" && key(part) !== name;
      for (const tab of this.list.children) {
        const isShown = tab.dataset.pzKey === name;
        tab.setAttribute("aria-selected", String(isShown));
        tab.tabIndex = isShown ? 0 : -1;
      }
    }

    /** Walk along the tabs with the arrows; with Alt, take the variant along. */
    walk(event) {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const tabs = [...this.list.children];
      const at = tabs.indexOf(document.activeElement);
      if (!step || at < 0) return;
      event.preventDefault();
      const name = tabs[at].dataset.pzKey;
      if (event.altKey) {
        if (tabs[at].draggable) this.move(name, this.place(name) + step);
        return;
      }
      const next = tabs[(at + step + tabs.length) % tabs.length];
      this.show(next.dataset.pzKey);
      next.focus();
    }

    async move(name, place) {
      const order = this.variants().map(key).filter((other) => other !== name);
      if (place < 0 || place > order.length) return;
      order.splice(place, 0, name);
      const body = new URLSearchParams(order.map((each) => ["variant", each]));
      const url = `${this.slot.dataset.pzOrder}?cms_path=${encodeURIComponent(location.pathname)}`;
      const headers = { "X-CSRFToken": window.CMS.config.csrf };
      try {
        const answer = await fetch(url, { method: "POST", body, headers });
        if (!answer.ok) throw new Error(String(answer.status));
        const { priorities } = await answer.json();
        for (const part of this.variants()) part.dataset.pzPriority = priorities[key(part)];
        this.draw(name);
        const label = this.parts.find((part) => key(part) === name).dataset.pzName;
        this.said.textContent = this.words.moved
          .replace("%(name)s", label)
          .replace("%(place)s", String(place + 1));
      } catch {
        this.said.textContent = this.words.failed;
      }
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", build);
  else build();
  window.addEventListener("cms-content-refresh", build);
})();
