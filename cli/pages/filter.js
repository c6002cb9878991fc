// Narrows the page down to what holds all words that are typed. Without scripts the field stays hidden.
(() => {
  const box = document.getElementById("filter");
  const field = document.getElementById("filter-text");
  const told = document.getElementById("filter-told");
  const items = [...document.querySelectorAll("[data-item]")];
  const wholes = [...document.querySelectorAll("[data-whole]")];
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = items.map((item) => plain(item.textContent));
  const narrow = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let left = 0;
    items.forEach((item, at) => {
      const fits = words.every((word) => texts[at].includes(word));
      item.hidden = !fits;
      if (fits) left += 1;
    });
    wholes.forEach((whole) => {
      whole.hidden = words.length > 0 && !whole.querySelector("[data-item]:not([hidden])");
    });
    told.textContent = words.length ? `${left} of ${items.length} rules, triggers and other entries` : "";
  };
  field.addEventListener("input", narrow);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      field.value = "";
      narrow();
    }
  });
  // A link to something that is filtered away shows everything again.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.closest("[hidden]")) {
      field.value = "";
      narrow();
      target.scrollIntoView();
    }
  });
  box.hidden = false;
  narrow();
})();
