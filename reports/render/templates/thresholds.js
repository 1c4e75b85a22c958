"use strict";
// What a method would do at another threshold, and at another prevalence.
{
  // as reports.formatting prints them: halves to even, as Python rounds
  const even = (v) => { const r = Math.round(v); return r - v === 0.5 && r % 2 ? r - 1 : r; };
  const whole = (v) => String(even(v)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  // a mean over runs may be a fraction; of those with one decimal only odd quarters lie between two
  const tenth = (v) => (Number.isInteger(v * 4) ? even(v * 10) / 10 : v).toFixed(1);
  const count = (v) => Number.isInteger(v) || v >= 1000 ? whole(v) : tenth(v);
  const score = (v) => {
    if (!Number.isFinite(v)) return "–";
    // of numbers with three decimals only odd sixteenths lie exactly between two
    const half = Number.isInteger(v * 16) && !Number.isInteger(v * 8);
    return (half ? even(v * 1000) / 1000 : v).toFixed(3);
  };
  const percent = (v) => `${(100 * v).toFixed(v < 0.01 || v > 0.99 ? 2 : 1)} %`;
  const ratio = (over, under) => under > 0 ? over / under : NaN;
  // two digits of the rarer class: 0.5 %, 12 %, 97 %
  const round = (p) => p < 0.5 ? Number(p.toPrecision(2)) : 1 - Number((1 - p).toPrecision(2));

  const start = (block) => {
    const data = JSON.parse(block.querySelector("script").textContent);
    const select = block.querySelector("select");
    const inputs = {}, outputs = {};
    for (const input of block.querySelectorAll("[data-in]")) inputs[input.dataset.in] = input;
    for (const output of block.querySelectorAll("[data-out]")) outputs[output.dataset.out] = output;
    const all = data.positives + data.negatives;
    const found = data.positives / all;
    let place = 0, prevalence = null; // null: that of the test part, exactly

    const update = () => {
      const curve = data.curves[select.value];
      const tp = curve.hits[place] / curve.over, fp = curve.alarms[place] / curve.over;
      const fn = data.positives - tp, tn = data.negatives - fp;
      const cells = { tp, fp, fn, tn };
      const sensitivity = ratio(tp, data.positives), specificity = ratio(tn, data.negatives);
      // at the prevalence of the test part these are the shares of the counts
      const p = prevalence ?? found;
      const shares = prevalence === null ? [tp, fn, fp, tn]
        : [p * sensitivity, p * (1 - sensitivity), (1 - p) * (1 - specificity), (1 - p) * specificity];
      const rates = {
        sensitivity, specificity,
        accuracy: ratio(shares[0] + shares[3], shares[0] + shares[1] + shares[2] + shares[3]),
        ppv: ratio(shares[0], shares[0] + shares[2]),
        npv: ratio(shares[3], shares[1] + shares[3]),
      };
      for (const [key, value] of Object.entries(cells)) {
        outputs[key].textContent = count(value);
        const share = value / (key === "tp" || key === "fn" ? data.positives : data.negatives);
        outputs[key].parentElement.style.setProperty("--share", `${Math.round(60 * share)}%`);
      }
      for (const [key, value] of Object.entries(rates)) outputs[key].textContent = score(value);
      const fixed = place === curve.start;
      const threshold = fixed ? curve.chosen : curve.thresholds[place];
      outputs.threshold.textContent = threshold === null ? "above every case" : String(Number(threshold.toPrecision(4)));
      outputs.fixed.textContent = fixed ? "fixed on validation" : "";
      outputs.prevalence.textContent = percent(p);
      outputs.test.textContent = prevalence === null ? "of the test part" : "";
      // the right end is the highest threshold
      inputs.threshold.max = curve.thresholds.length - 1;
      inputs.threshold.value = curve.thresholds.length - 1 - place;
      inputs.threshold.setAttribute("aria-valuetext", outputs.threshold.textContent);
      inputs.prevalence.setAttribute("aria-valuetext", outputs.prevalence.textContent);
    };
    const reset = () => {
      place = data.curves[select.value].start;
      prevalence = null;
      inputs.prevalence.value = Math.log(found / (1 - found));
      update();
    };
    select.addEventListener("change", () => {
      place = data.curves[select.value].start;
      update();
    });
    inputs.threshold.addEventListener("input", () => {
      place = data.curves[select.value].thresholds.length - 1 - inputs.threshold.value;
      update();
    });
    inputs.prevalence.addEventListener("input", () => {
      prevalence = round(1 / (1 + Math.exp(-inputs.prevalence.value)));
      update();
    });
    block.querySelector("[data-reset]").addEventListener("click", reset);
    reset();
  };

  // Only what comes near the window is set up, so that a long page opens at once.
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watch.unobserve(entry.target);
      start(entry.target);
    }
  }, { rootMargin: "600px" });
  for (const block of document.querySelectorAll(".thresholds")) watch.observe(block);
}
