"use strict";
// Tables: sorted by a heading, filtered by words and family, copied as CSV or LaTeX.
{
  // numbers are most often wanted from the top, names from A; a second click turns the order
  const sort = (head) => {
    const numeric = head.classList.contains("n");
    const [first, other] = numeric ? ["descending", "ascending"] : ["ascending", "descending"];
    const order = head.getAttribute("aria-sort") === first ? other : first;
    for (const cell of head.parentElement.cells) cell.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const key = (row) => {
      const cell = row.cells[head.cellIndex];
      if (!numeric) return cell.textContent;
      return cell.dataset.v === "" ? null : Number(cell.dataset.v);
    };
    const body = head.closest("table").tBodies[0];
    const rows = [...body.rows].map((row) => [key(row), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null); // missing ones last
      return sign * (numeric ? a - b : a.localeCompare(b, undefined, { numeric: true }));
    });
    body.append(...rows.map(([, row]) => row));
  };

  const filter = (figure) => {
    const tools = figure.querySelector(".tools");
    const words = (tools.querySelector("input")?.value ?? "").toLowerCase().split(/\s+/);
    const off = new Set();
    for (const toggle of tools.querySelectorAll("[aria-pressed=false]")) off.add(toggle.dataset.family);
    const rows = [...figure.querySelector("tbody").rows];
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = off.has(row.dataset.family) || !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    const kept = shown === rows.length ? "" : `${shown} of ${rows.length} rows`;
    tools.querySelector(".kept").textContent = kept;
    say(kept || "All rows");
  };

  const said = document.getElementById("said");
  const say = (words) => { said.textContent = words; };

  // Unpacked when a reader comes near a button, so that the text is at hand at the click.
  let unpacked = null;
  const texts = () => {
    unpacked ??= (async () => {
      const bytes = Uint8Array.from(atob(document.getElementById("texts").textContent), (c) => c.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      return new Response(stream).json();
    })();
    return unpacked;
  };

  const write = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { // no permission, or a page from disk in a browser that does not trust it
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "unseen";
      const back = document.activeElement;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      back?.focus();
      return done;
    }
  };

  const copy = async (button) => {
    const figure = button.closest("figure");
    let done = false;
    try {
      done = await write((await texts())[figure.id][Number(button.dataset.form)]);
    } catch { /* a browser that cannot unpack: said below */ }
    const name = button.dataset.name ??= button.textContent;
    button.textContent = done ? "✓ copied" : "not copied";
    say(done ? `${name} copied` : "This browser does not let a page copy; the files lie beside it, in tables.");
    setTimeout(() => { button.textContent = name; }, 1600);
  };

  for (const near of ["pointerover", "focusin"]) {
    addEventListener(near, (event) => {
      if (event.target.closest?.("[data-form]")) texts().catch(() => {});
    }, { passive: true });
  }
  addEventListener("click", (event) => {
    const button = event.target.closest(".table button");
    if (!button) return;
    if (button.dataset.form) copy(button);
    else if (button.dataset.family) {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
      filter(button.closest("figure"));
    } else sort(button.parentElement);
  });
  addEventListener("input", (event) => {
    if (event.target.type === "search") filter(event.target.closest("figure"));
  });
}
