"use strict";
// Sortable tables: a click on a heading sorts by it, a second click turns the order.
for (const table of document.querySelectorAll("main table")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const numeric = head.classList.contains("n");
      // numbers are most often wanted from the top, names from A
      const first = numeric ? "descending" : "ascending";
      const other = numeric ? "ascending" : "descending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      for (const cell of head.parentElement.cells) cell.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const key = (row) => {
        const cell = row.cells[column];
        if (!numeric) return cell.textContent;
        return cell.dataset.v === "" ? null : Number(cell.dataset.v);
      };
      const rows = [...body.rows].map((row) => [key(row), row]);
      rows.sort(([a], [b]) => {
        if (a === null || b === null) return (a === null) - (b === null); // missing ones last
        return sign * (numeric ? a - b : a.localeCompare(b, undefined, { numeric: true }));
      });
      body.append(...rows.map(([, row]) => row));
    });
  });
}

// The contents: closed on a narrow screen, and marking where the reader is.
const contents = document.querySelector("nav details");
const narrow = matchMedia("(max-width: 62rem)");
const fold = () => { contents.open = !narrow.matches; };
fold();
narrow.addEventListener("change", fold);
contents.addEventListener("click", (event) => { if (event.target.closest("a")) fold(); });

const links = new Map();
for (const link of contents.querySelectorAll("a")) links.set(link.hash.slice(1), link);
const headings = [...document.querySelectorAll("main h2, main h3")].filter((h) => links.has(h.id));
let marked = null;
const mark = () => {
  const above = headings.filter((h) => h.getBoundingClientRect().top < innerHeight * 0.3);
  const link = links.get((above.at(-1) ?? headings[0])?.id);
  if (link === marked || !link) return;
  marked?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  marked = link;
};
let waiting = false;
addEventListener("scroll", () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; mark(); });
}, { passive: true });
mark();
