"use strict";
// Lists that are folded on the screen are whole on paper.
const folds = document.querySelectorAll("details");
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...folds].filter((fold) => !fold.open);
  folded.forEach((fold) => { fold.open = true; });
});
addEventListener("afterprint", () => folded.forEach((fold) => { fold.open = false; }));

const filter = document.querySelector("#filter");
const found = document.querySelector("#found");
filter.closest("form").hidden = document.querySelector("[data-row]") === null;
filter.closest("form").addEventListener("submit", (event) => event.preventDefault());
filter.addEventListener("input", () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  document.querySelectorAll("[data-row]").forEach((row) => {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) shown += 1;
  });
  document.querySelectorAll("[data-group]").forEach((group) => {
    const any = group.querySelector("[data-row]:not([hidden])") !== null;
    group.hidden = words.length > 0 && !any;
    if (words.length > 0 && any && group.tagName === "DETAILS") group.open = true;
  });
  found.textContent = words.length ? `${shown} found` : "";
});
