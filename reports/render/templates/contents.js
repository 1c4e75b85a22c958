"use strict";
// The contents: closed on a narrow screen, and marking where the reader is.
{
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
}
