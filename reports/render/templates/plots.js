"use strict";
// Plots that answer when pointed at: the nearest vertex of the nearest curve that is shown.
{
  const SVG = "http://www.w3.org/2000/svg";
  const plots = new WeakMap();
  const said = document.getElementById("said");
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // what it says is said by the live region, to the keyboard
  document.body.append(tip);
  let active = null; // the plot that the tip belongs to

  // Reads a figure's data at the first touch, not when the page opens.
  const plotOf = (figure) => {
    let plot = plots.get(figure);
    if (plot) return plot;
    const svg = figure.querySelector("svg");
    plot = { figure, svg, panels: [], curves: [], parts: new Map(), off: new Set(), at: null };
    for (const part of svg.querySelectorAll("[data-series]")) {
      const key = part.dataset.series;
      plot.parts.set(key, [...plot.parts.get(key) ?? [], part]);
    }
    for (const panel of JSON.parse(figure.querySelector("script").textContent)) {
      const [left, top, width, height] = panel.box;
      const scale = panel.digits.map((digits) => 10 ** digits);
      plot.panels.push(panel);
      for (const series of panel.series) {
        const x = series.x.map((v) => left + (v / scale[0] - panel.x[0]) / (panel.x[1] - panel.x[0]) * width);
        const y = series.y.map((v) => top + height - (v / scale[1] - panel.y[0]) / (panel.y[1] - panel.y[0]) * height);
        const inside = x.map((_, i) => x[i] >= left - 1 && x[i] <= left + width + 1 && y[i] >= top - 1 && y[i] <= top + height + 1);
        if (inside.includes(true)) plot.curves.push({ panel, series, x, y, inside });
      }
    }
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("r", "3.6");
    circle.setAttribute("class", "pointer");
    svg.append(circle);
    plot.circle = circle;
    plots.set(figure, plot);
    return plot;
  };

  // Squared distance of a point to the curve: to its lines, since vertices may lie far apart.
  const away = (curve, px, py) => {
    let least = Infinity;
    for (let i = 0; i < curve.x.length; i++) {
      const ax = curve.x[i], ay = curve.y[i];
      const dx = (curve.x[i + 1] ?? ax) - ax, dy = (curve.y[i + 1] ?? ay) - ay;
      const length = dx * dx + dy * dy;
      const t = length ? Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length)) : 0;
      least = Math.min(least, (ax + t * dx - px) ** 2 + (ay + t * dy - py) ** 2);
    }
    return least;
  };

  const accent = ({ family, key }) => family ?? (key === "ideal" ? key : "other");
  const nearest = (count, distance) => {
    let best = -1, least = Infinity;
    for (let i = 0; i < count; i++) {
      const d = distance(i);
      if (d < least) { best = i; least = d; }
    }
    return best;
  };
  const vertexNear = (curve, px, py) => nearest(curve.x.length, (i) =>
    curve.inside[i] ? (curve.x[i] - px) ** 2 + (curve.y[i] - py) ** 2 : Infinity);

  const lines = ({ panel, series }, i) => {
    const [dx, dy] = panel.digits;
    const found = [];
    const number = (whole, digits) => (whole / 10 ** digits).toFixed(digits).replace("-", "−");
    for (const [label, whole, digits] of [[panel.labels[0], series.x[i], dx], [panel.labels[1], series.y[i], dy]]) {
      found.push([label, number(whole, digits)]);
      const other = /^1 − (.)(.*)$/.exec(label); // 1 − specificity is asked for as specificity too
      if (other) found.push([other[1].toUpperCase() + other[2], number(10 ** digits - whole, digits)]);
    }
    const extra = series.extra?.[i];
    if (extra != null) found.push([panel.labels[2], String(extra).replace("-", "−")]);
    return found;
  };

  const point = (plot, c, i, spoken) => {
    const curve = plot.curves[c];
    if (active && active !== plot) leave();
    active = plot;
    if (plot.at?.c !== c) {
      for (const [key, parts] of plot.parts) {
        for (const part of parts) part.classList.toggle("faint", key !== curve.series.key);
      }
    }
    plot.at = { c, i };
    plot.circle.setAttribute("cx", curve.x[i]);
    plot.circle.setAttribute("cy", curve.y[i]);
    plot.circle.setAttribute("class", `pointer on ${accent(curve.series)}`);
    const rows = lines(curve, i);
    const name = document.createElement("b");
    name.textContent = curve.series.name;
    const dot = document.createElement("i");
    dot.className = `dot ${accent(curve.series)}`;
    name.prepend(dot);
    tip.replaceChildren(name, ...rows.map(([label, value]) => {
      const row = document.createElement("span");
      const shown = document.createElement("span");
      shown.textContent = value;
      row.append(label, shown);
      return row;
    }));
    tip.hidden = false;
    settle();
    if (spoken) said.textContent = [curve.series.name, ...rows.map((row) => row.join(" "))].join(", ");
  };

  // Beside its point, within the window; the point may be scrolled away.
  const settle = () => {
    const spot = active.circle.getBoundingClientRect();
    tip.style.visibility = spot.bottom < 0 || spot.top > innerHeight ? "hidden" : "visible";
    const beside = spot.right + 10 + tip.offsetWidth < innerWidth ? spot.right + 10 : spot.left - 10 - tip.offsetWidth;
    tip.style.left = `${Math.max(4, beside)}px`;
    tip.style.top = `${Math.max(4, Math.min(spot.top - tip.offsetHeight / 2, innerHeight - tip.offsetHeight - 4))}px`;
  };

  const leave = () => {
    if (!active) return;
    tip.hidden = true;
    active.circle.setAttribute("class", "pointer");
    for (const parts of active.parts.values()) for (const part of parts) part.classList.remove("faint");
    active.at = null;
    active = null;
  };

  const shown = (plot) => plot.curves.map((curve, c) => [curve, c]).filter(([curve]) => !plot.off.has(curve.series.key));

  const follow = (event) => {
    const box = event.target.closest?.(".plot .scroll");
    if (!box) { if (tip.hidden === false && event.type === "pointermove") leave(); return; }
    const plot = plotOf(box.parentElement);
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(plot.svg.getScreenCTM().inverse());
    const within = shown(plot).filter(([{ panel: { box: [l, t, w, h] } }]) =>
      place.x > l - 8 && place.x < l + w + 8 && place.y > t - 8 && place.y < t + h + 8);
    const found = nearest(within.length, (k) => away(within[k][0], place.x, place.y));
    if (found < 0) return leave();
    const [curve, c] = within[found];
    point(plot, c, vertexNear(curve, place.x, place.y), false);
  };
  let latest = null;
  addEventListener("pointermove", (event) => {
    if (!latest) requestAnimationFrame(() => { follow(latest); latest = null; });
    latest = event;
  }, { passive: true });
  addEventListener("pointerdown", follow, { passive: true });
  addEventListener("scroll", () => { if (active) settle(); }, { passive: true, capture: true });

  // Keyboard: along the curve, and from curve to curve at about the same place.
  const STEPS = { ArrowRight: 1, ArrowLeft: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };
  addEventListener("keydown", (event) => {
    if (!event.target.matches?.(".plot .scroll") || event.ctrlKey || event.altKey || event.metaKey) return;
    const turn = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape") return leave();
    if (!turn && !(event.key in STEPS)) return;
    event.preventDefault();
    const plot = plotOf(event.target.parentElement);
    const open = shown(plot);
    if (!open.length) { said.textContent = "Nothing is shown."; return; }
    const here = plot.at && open.findIndex(([, c]) => c === plot.at.c);
    if (plot.at === null || here < 0) {
      const [curve, c] = open[0];
      const inside = curve.inside.flatMap((yes, i) => yes ? [i] : []);
      return point(plot, c, inside[inside.length >> 1], true);
    }
    if (turn) {
      const [from] = open[here];
      const [curve, c] = open[(here + turn + open.length) % open.length];
      return point(plot, c, vertexNear(curve, from.x[plot.at.i], from.y[plot.at.i]), true);
    }
    const [curve, c] = open[here];
    const inside = curve.inside.flatMap((yes, i) => yes ? [i] : []);
    const step = STEPS[event.key] * (event.shiftKey ? 10 : 1);
    const next = Math.min(inside.length - 1, Math.max(0, inside.indexOf(plot.at.i) + step));
    point(plot, c, inside[next], true);
  });
  addEventListener("focusout", (event) => { if (event.target.matches?.(".plot .scroll")) leave(); });

  // The legend shows and hides all that belongs to a method.
  const show = (plot, key, on) => {
    plot.off[on ? "delete" : "add"](key);
    for (const part of plot.parts.get(key) ?? []) part.classList.toggle("off", !on);
  };
  addEventListener("click", (event) => {
    const button = event.target.closest?.(".plot .legend button");
    if (!button) return;
    const plot = plotOf(button.closest("figure"));
    const toggles = [...plot.figure.querySelectorAll(".legend [data-series]")];
    const want = button.dataset.show;
    for (const toggle of want ? toggles : [button]) {
      const on = want === undefined ? toggle.getAttribute("aria-pressed") !== "true"
        : want === "all" || (want === "champions" && "champion" in toggle.dataset);
      toggle.setAttribute("aria-pressed", on);
      show(plot, toggle.dataset.series, on);
    }
    leave();
  });
}
