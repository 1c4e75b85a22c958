"use strict";
// Places are asked for beside the page, so that a proxy may have it under a prefix of its own.
// Whatever comes from a file, a bundle or the server is set as text and never read as HTML. The token
// stays in this variable: it is in no cookie, so that no page elsewhere can have it sent.
let token = "";
let asked = 0;
let may = new Set();
const at = (id) => document.getElementById(id);

function make(tag, text = "", className = "") {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function say(text, wrong = false) {
  const status = at("status");
  status.textContent = text;
  status.classList.toggle("wrong", wrong);
}

async function request(place, options = {}) {
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let response;
  try {
    response = await fetch(place, { ...options, headers, credentials: "omit" });
  } catch {
    throw new Error("The server cannot be reached, or broke off.");
  }
  const told = await response.json().catch(() => ({ error: `The server answers ${response.status}.` }));
  if (response.status === 401) at("access").hidden = false;
  if (!response.ok) throw new Error(told.error);
  return told;
}

const percent = (p) => `${(100 * p).toFixed(1)} %`;

function drift(sentences) {
  const place = at("drift");
  place.replaceChildren(...sentences.map((sentence) => make("p", `Something has changed. ${sentence}`)));
  place.hidden = !sentences.length;
  if (sentences.length && may.has("drift")) driving();
  else at("driving").hidden = true;
}

// Admins see the images that drive an alarm, where the server holds small pictures of them.
async function driving() {
  const told = await request("drift").catch(() => ({ alarms: [] }));
  const parts = told.alarms.filter((alarm) => alarm.images.length).flatMap((alarm) => {
    const row = make("div", "", "thumbnails");
    row.append(...alarm.images.map((source, i) => {
      const image = make("img");
      image.src = source;
      image.alt = `Image ${i + 1} of those that drive the alarm`;
      return image;
    }));
    return [make("p", alarm.sentence), row];
  });
  at("driving-pictures").replaceChildren(...parts);
  at("driving").hidden = !parts.length;
}

function picture(source, alt, caption) {
  const figure = make("figure");
  const image = make("img");
  image.src = source;
  image.alt = alt;
  figure.append(image, make("figcaption", caption));
  return figure;
}

function probabilities(model, title) {
  const table = make("table");
  const head = make("tr");
  for (const name of ["class", "probability", "", "calibrated"]) {
    const cell = make(name ? "th" : "td", name);
    if (name) cell.scope = "col";
    head.append(cell);
  }
  table.createTHead().append(head);
  const body = table.createTBody();
  for (const [name, p] of Object.entries(model.probabilities)) {
    const row = make("tr");
    const first = make("th", name);
    first.scope = "row";
    const meter = make("meter");
    meter.value = p;
    meter.setAttribute("aria-label", `probability of ${name}, ${title}`);
    const bar = make("td");
    bar.append(meter);
    row.append(first, make("td", percent(p), "number"), bar, make("td", percent(model.calibrated[name]), "number"));
    body.append(row);
  }
  return table;
}

function modelPart(model, _, all) {
  const part = make("section", "", "model");
  const alone = all.filter((other) => other.model === model.model).length === 1;
  const title = alone ? model.model : `${model.model} of bundle ${model.bundle.slice(0, 16)}`;
  part.append(make("h3", `${title} (${model.family})`));
  part.append(make("p", `Decision: ${model.decision}`, "decision"), probabilities(model, title));
  const set = model.conformal_set.join(", ") || "none of them fits";
  part.append(make("p", `Classes that cannot be left out: ${set}`));
  const unlike = model.unlike_training;
  const far = `${unlike.percentile} % of held-out images lie nearer to the training images`;
  if (unlike.warning) part.append(make("p", `Unlike the training images: ${far}. The answer means little.`, "warning"));
  else part.append(make("p", `${far}.`));
  if (model.heatmap) part.append(picture(model.heatmap, `Where ${title} looks`, "where it looks"));
  return part;
}

function imagePart(image, name) {
  const part = make("section", "", "image");
  part.append(make("h2", image.frame === null ? name : `${name}, frame ${image.frame}`));
  if (image.disagreement) part.append(make("p", "The models disagree.", "warning"));
  for (const remark of image.remarks) part.append(make("p", remark, "warning"));
  const side = make("div", "", "side");
  if (image.picture) side.append(picture(image.picture, "The image as it was read", "as it was read"));
  side.append(...image.models.map(modelPart));
  part.append(side);
  return part;
}

async function ask(file) {
  const number = ++asked;
  say("Asking …");
  at("answers").replaceChildren();
  try {
    const place = `predict?picture=true&heatmap=${at("heatmap").checked}`;
    const patient = at("patient").value.trim();
    const named = patient ? { "X-Patient": encodeURIComponent(patient) } : {};
    const told = await request(place, { method: "POST", body: file, headers: named });
    if (number !== asked) return;
    at("answers").replaceChildren(...told.images.map((image) => imagePart(image, file.name)));
    const receipt = make("p", "Receipt: ");
    receipt.append(make("code", told.receipt));
    at("answers").append(receipt);
    drift(told.drift);
    say("Answered.");
  } catch (error) {
    if (number === asked) say(error.message, true);
  }
}

function card(blocks) {
  const found = make("div");
  for (const [kind, content] of blocks) {
    if (kind !== "table") {
      const tag = kind === "title" || kind === "heading" ? "h3" : "p";
      found.append(make(tag, content, kind === "warning" ? "warning" : ""));
      continue;
    }
    const table = make("table");
    content.forEach((cells, i) => {
      const row = table.insertRow();
      cells.forEach((text, j) => {
        const cell = make(i && j ? "td" : "th", text);
        if (!i || !j) cell.scope = i ? "row" : "col";
        row.append(cell);
      });
    });
    found.append(table);
  }
  return found;
}

async function describe() {
  try {
    const told = await request("model");
    at("access").hidden = true;
    may = new Set(told.may);
    const trained = told.bundles.map((bundle) => `${bundle.models.map((model) => model.name).join(" and ")}, trained on ${bundle.dataset}`);
    at("about").textContent = `${trained.join("; ")}; classes ${told.classes.join(", ")}`;
    at("cards").replaceChildren(...told.bundles.map((bundle) => {
      const details = make("details");
      const who = bundle.signer ? `signed by ${bundle.signer}` : "unsigned";
      details.append(make("summary", `${bundle.models.map((model) => model.name).join(" and ")}, ${who}, digest ${bundle.digest.slice(0, 16)}`), card(bundle.card));
      return details;
    }));
    drift(told.drift);
    say("");
  } catch (error) {
    say(error.message, at("access").hidden || token !== "");
  }
}

at("access").addEventListener("submit", (event) => {
  event.preventDefault();
  token = at("token").value.trim();
  at("token").value = "";
  describe();
});
at("file").addEventListener("change", () => {
  const [file] = at("file").files;
  at("file").value = "";
  if (file) ask(file);
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    at("drop").classList.toggle("over", name === "dragover");
    if (name === "drop" && event.dataTransfer.files.length) ask(event.dataTransfer.files[0]);
  });
}
describe();
