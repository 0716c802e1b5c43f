// The screen of `analysis.explore`: native controls, and pictures drawn as SVG from the numbers that the kernel sends.
// It asks for one look at a time. Nothing is fetched from anywhere.

const SVG = "http://www.w3.org/2000/svg";
const WAIT = 120; // milliseconds after the last keystroke before a look is asked for
const NO_ANSWER = 6000; // and after which the screen says that the kernel is silent
const USUAL = { gap: "0", km: "", sites: "2", deaths: "25" };
const CHOSEN = ["country", "attacker", "actor", "event_type", "window_days", "as_of", "offensive", "language"];
let instances = 0;

function make(tag, attributes = {}, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    if (name === "text") made.textContent = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function draw(tag, attributes = {}, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// "gap=1,km=150,sites=3,deaths=25" as the four fields hold it, and back; the usual definition is no words at all.
function definitionFields(words) {
  const held = { ...USUAL };
  for (const part of (words || "").split(",")) {
    const [name, value] = part.split("=").map((piece) => piece.trim());
    if (name in held) held[name] = value === "any" ? "" : value;
  }
  return held;
}
function definitionWords(held) {
  if (Object.keys(USUAL).every((name) => held[name] === USUAL[name])) return "";
  return Object.keys(USUAL).map((name) => `${name}=${held[name] === "" ? "any" : held[name]}`).join(",");
}

function render({ model, el }) {
  const id = `escalation-${++instances}`;
  const offers = model.get("offers");
  const start = model.get("start");
  const place = `escalation-explore:${offers.key}:${JSON.stringify(start)}`;
  let asked = { ...model.get("asked") };
  let waiting = 0; // the look that was asked for and is not yet answered
  let timer, patience, again = false, rest = false;

  const words = () => model.get("labels")[asked.language] || model.get("labels").en;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  const labelled = []; // [element, name of its words]
  const worded = (element, name) => { labelled.push([element, name]); return element; };

  // --- controls ---------------------------------------------------------------------------------------------------
  const controls = {};
  function field(name, control, wide) {
    control.id = `${id}-${name}`;
    controls[name] = control;
    return make("div", { class: wide ? "field wide" : "field" }, [
      worded(make("label", { for: control.id }), name), control,
    ]);
  }
  function explained(holder, name, words) {
    const note = worded(make("small", { id: `${id}-${name}-help`, class: "note" }), words);
    controls[name].setAttribute("aria-describedby", note.id);
    holder.append(note);
    return holder;
  }
  const option = (value, text) => make("option", { value, text });
  const country = make("select");
  const everywhere = worded(option("", ""), "all_countries");
  country.append(everywhere, ...offers.countries.map(([code, name]) => option(code, name)));
  const names = make("datalist", { id: `${id}-names` });
  const who = make("input", { type: "text", list: names.id, autocomplete: "off", spellcheck: "false" });
  const role = make("select", {}, [worded(option("attacker", ""), "as_attacker"), worded(option("actor", ""), "either_side")]);
  const eventType = make("select");
  eventType.append(worded(option("", ""), "all_attacks"), ...offers.event_types.map(([name, n]) => option(name, `${name} (${n.toLocaleString("en")})`)));
  const windowDays = make("input", { type: "number", min: 1, step: 1, inputmode: "numeric" });
  const asOf = make("input", { type: "date", min: offers.first_day });
  const language = make("select", {}, [option("en", "English"), option("fr", "Français")]);
  const numberField = (least) => make("input", { type: "number", min: least, step: 1, inputmode: "numeric" });
  const legend = worded(make("legend"), "offensive");
  const reset = worded(make("button", { type: "button" }), "reset");
  const form = make("form", { "aria-describedby": `${id}-status` }, [
    field("country", country),
    field("who", who, true), names,
    field("role", role),
    field("event_type", eventType),
    explained(field("window", windowDays, true), "window", "window_help"),
    field("as_of", asOf),
    field("language", language),
    make("fieldset", {}, [legend, field("gap", numberField(0)), field("km", numberField(0)), field("sites", numberField(1)), field("deaths", numberField(1)), reset]),
  ]);
  if (offers.holds_counts) for (const control of [who, role]) control.disabled = true;

  function toControls() {
    country.value = asked.country || "";
    // A name, or several as a list in text, that the list of countries does not hold stays as it is.
    if (country.value !== (asked.country || "")) { country.append(option(asked.country, asked.country)); country.value = asked.country; }
    who.value = asked.actor || asked.attacker || "";
    role.value = asked.actor ? "actor" : "attacker";
    eventType.value = asked.event_type || "";
    if (eventType.value !== (asked.event_type || "")) { eventType.append(option(asked.event_type, asked.event_type)); eventType.value = asked.event_type; }
    windowDays.value = asked.window_days;
    asOf.value = asked.as_of || lastDay;
    language.value = asked.language || "en";
    const held = definitionFields(asked.offensive);
    for (const name of Object.keys(USUAL)) controls[name].value = held[name];
    offerNames();
  }

  // Returns what is wrong, in words, or "".
  function fromControls() {
    const said = words();
    const wrong = (control, problem) => { control.setAttribute("aria-invalid", "true"); return problem; };
    for (const control of Object.values(controls)) control.removeAttribute("aria-invalid");
    for (const [name, least] of [["window", 1], ["gap", 0], ["km", 0], ["sites", 1], ["deaths", 1]]) {
      const control = controls[name];
      const mayBeEmpty = name === "km" || name === "sites" || name === "deaths";
      const empty = control.value === "" && !control.validity.badInput;
      if ((empty && mayBeEmpty) || (/^\d+$/.test(control.value) && Number(control.value) >= least)) continue;
      return wrong(control, fill(said.bad_number, { field: said[name], least }));
    }
    if (asOf.validity.badInput || (asOf.value && (asOf.value < offers.first_day || asOf.value.length !== 10)))
      return wrong(asOf, fill(said.bad_day, { first: offers.first_day, last: offers.last_day }));
    const held = Object.fromEntries(Object.keys(USUAL).map((name) => [name, controls[name].value]));
    asked = {
      ...asked,
      country: country.value,
      attacker: role.value === "attacker" ? who.value.trim() : "",
      actor: role.value === "actor" ? who.value.trim() : "",
      event_type: eventType.value,
      window_days: Number(windowDays.value),
      as_of: asOf.value === lastDay && !asked.as_of ? "" : asOf.value,
      offensive: definitionWords(held),
      language: language.value,
    };
    return "";
  }

  let lastDay = ""; // that of the table, where none is chosen
  let offered = "";
  function offerNames() {
    const from = `${country.value}|${role.value}`;
    if (from === offered) return;
    offered = from;
    const known = new Set(role.value === "attacker" ? offers.attackers : offers.actors);
    const here = (offers.actors_by_country[country.value] || []).filter((name) => known.has(name));
    names.replaceChildren(...(here.length ? here : [...known]).map((name) => option(name, name)));
  }

  // --- asking -----------------------------------------------------------------------------------------------------
  function changed(delay) {
    const problem = fromControls();
    offerNames();
    rename();
    if (problem) return tell(problem, true);
    keep();
    clearTimeout(timer);
    timer = setTimeout(ask, delay);
  }
  function ask() {
    if (waiting) { again = true; return; }
    again = false;
    asked.number = Math.max(asked.number || 0, model.get("asked").number || 0) + 1;
    waiting = asked.number;
    panels.setAttribute("aria-busy", "true");
    panels.classList.add("stale");
    model.set("asked", { ...asked });
    model.save_changes();
    clearTimeout(patience);
    patience = setTimeout(() => { waiting = 0; panels.removeAttribute("aria-busy"); tell(`${words().no_kernel}`, true); }, NO_ANSWER);
  }
  // What was chosen outlives the kernel: it is asked again of a new one that starts from the same words.
  function keep() {
    try { sessionStorage.setItem(place, JSON.stringify(asked)); } catch { /* a browser may forbid it */ }
  }
  function kept() {
    try { return JSON.parse(sessionStorage.getItem(place) || "null"); } catch { return null; }
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); changed(0); });
  form.addEventListener("change", () => changed(0));
  form.addEventListener("input", (event) => { if (event.target.type === "number") changed(4 * WAIT); });
  reset.addEventListener("click", () => { asked = { ...asked, ...start }; toControls(); changed(0); });

  // --- what is seen -----------------------------------------------------------------------------------------------
  const status = make("p", { class: "status", role: "status", "aria-live": "polite", id: `${id}-status` });
  const heading = make("h2"), subtitle = make("p", { class: "sub" }), notes = make("div", { class: "note" });
  const word = make("p", { class: "word" }), sentences = make("div");
  const head = make("thead"), body = make("tbody");
  const verdictTable = make("table", {}, [head, body]);
  const picture = (name) => make("div", { class: `picture ${name}` });
  const pictures = { timeline: picture("timeline"), tempo: picture("tempo"), map: picture("map") };
  const under = { tempo: make("p", { class: "note" }), chance: make("p", { class: "note" }), map: make("p", { class: "note" }) };
  const numbers = make("tbody");
  const numberHead = make("tr", {}, [worded(make("th", { scope: "col" }), "month"), worded(make("th", { scope: "col" }), "attacks")]);
  const section = (name, children) => make("section", { "aria-labelledby": `${id}-h-${name}` }, [worded(make("h3", { id: `${id}-h-${name}` }), name), ...children]);
  const panels = make("div", { class: "panels" }, [
    section("verdict", [word, sentences, verdictTable]),
    section("timeline", [
      pictures.timeline, worded(make("p", { class: "note" }), "timeline_note"),
      make("details", {}, [worded(make("summary"), "numbers"), make("div", { class: "scroll", tabindex: "0", role: "group", "aria-labelledby": `${id}-h-timeline` }, [make("table", {}, [make("thead", {}, [numberHead]), numbers])])]),
    ]),
    section("map", [pictures.map, under.map, worded(make("p", { class: "note" }), "map_note")]),
    section("tempo", [pictures.tempo, worded(make("p", { class: "note" }), "tempo_note"), under.tempo, under.chance]),
  ]);
  const copyCommand = worded(make("button", { type: "button" }), "copy_command");
  const copyPython = worded(make("button", { type: "button" }), "copy_python");
  const publish = worded(make("button", { type: "button" }), "publish");
  const command = make("textarea", { readonly: "", rows: 2, spellcheck: "false", class: "command" });
  const python = make("textarea", { readonly: "", rows: 4, spellcheck: "false", class: "python" });
  const told = make("p", { class: "status told", role: "status", "aria-live": "polite" });
  const use = make("section", { class: "use", "aria-labelledby": `${id}-h-use` }, [
    worded(make("h3", { id: `${id}-h-use` }), "use"),
    make("div", { class: "row" }, [copyCommand, copyPython, publish]), told, command, python,
  ]);
  const chooser = worded(make("h3", { id: `${id}-h-choose` }), "choose");
  form.setAttribute("aria-labelledby", chooser.id);
  const root = make("div", { class: "escalation-explore" }, [
    make("div", { class: "top" }, [heading]), subtitle, notes, chooser, form, status, panels, use,
  ]);
  el.append(root);

  async function copy(area) {
    const said = words();
    if (!area.value) { told.textContent = said.no_command; return; }
    try { await navigator.clipboard.writeText(area.value); told.textContent = said.copied; }
    catch { area.focus(); area.select(); told.textContent = said.not_copied; }
  }
  copyCommand.addEventListener("click", () => copy(command));
  copyPython.addEventListener("click", () => copy(python));
  publish.addEventListener("click", () => model.send({ kind: "publish" }));

  function tell(text, wrong) {
    status.classList.toggle("wrong", Boolean(wrong));
    if (status.textContent !== text) status.textContent = text;
  }

  function rename() {
    const said = words();
    root.lang = asked.language || "en";
    for (const [element, name] of labelled) element.textContent = said[name];
    controls.km.placeholder = controls.sites.placeholder = controls.deaths.placeholder = said.any;
    who.placeholder = said.all_actors;
    command.setAttribute("aria-label", said.copy_command);
    python.setAttribute("aria-label", said.copy_python);
    head.replaceChildren(make("tr", {}, ["span", "recorded", "usual", "ratio", "interval"].map((name) => make("th", { scope: "col", text: said[name] }))));
  }

  function show() {
    const seen = model.get("seen");
    if (waiting && seen.number === waiting) {
      clearTimeout(patience);
      if (seen.done) waiting = 0;
      panels.removeAttribute("aria-busy");
    }
    if (seen.problem) {
      tell(seen.verdict ? `${seen.problem} ${words().kept}` : seen.problem, true);
      panels.classList.toggle("stale", Boolean(seen.verdict));
    } else if (seen.verdict) {
      panels.classList.remove("stale");
      showWords(seen);
      pictureAll(seen);
      if (seen.done) tell(seen.status);
    }
    if (!waiting && again) ask();
    askRest(seen);
  }
  // What takes longer is asked for once of each answer, whoever asked and however late it came, while nobody is choosing.
  function askRest(seen) {
    if (!seen.done || seen.complete) rest = false;
    else if (!waiting && !rest) {
      rest = true;
      setTimeout(() => { if (waiting) rest = false; else model.send({ kind: "rest", number: model.get("asked").number }); }, 2 * WAIT);
    }
  }

  function showWords(seen) {
    if (!asked.as_of && (!asOf.value || asOf.value === lastDay)) asOf.value = lastDay = seen.head.as_of;
    heading.textContent = seen.head.title;
    subtitle.textContent = seen.head.subtitle;
    notes.replaceChildren(...seen.head.notes.map((text) => make("p", { text })));
    word.textContent = `${seen.verdict.sign} ${seen.verdict.word}`;
    word.className = `word ${seen.verdict.key}`;
    sentences.replaceChildren(...seen.verdict.sentences.map((text) => make("p", { text })));
    body.replaceChildren(...seen.verdict.rows.map(([name, ...cells]) => make("tr", {}, [make("th", { scope: "row", text: name }), ...cells.map((text) => make("td", { text }))])));
    const late = seen.complete ? "" : words().computing;
    under.tempo.textContent = seen.offensives ? seen.offensives.words : late;
    under.chance.textContent = seen.chance ? seen.chance.words : "";
    under.map.textContent = seen.map ? seen.map.words : late;
    numbers.replaceChildren(...[...seen.timeline.periods].reverse().map(([day, n]) => make("tr", {}, [make("th", { scope: "row", text: day.slice(0, 7) }), make("td", { text: number(n) })])));
    command.value = seen.command;
    command.rows = 2;
    python.value = seen.python;
  }

  const number = (value) => value.toLocaleString(asked.language || "en", { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 });

  // --- pictures ---------------------------------------------------------------------------------------------------
  const drawn = {};
  function pictureAll(seen) {
    for (const [name, plot] of [["timeline", timeline], ["tempo", tempo], ["map", map]]) {
      if (!seen[name]) { if (!drawn[name]) continue; drawn[name] = undefined; pictures[name].replaceChildren(); continue; }
      const width = Math.max(pictures[name].clientWidth, 240);
      const held = drawn[name];
      const marks = seen.offensives;
      if (held && held.part === seen[name] && held.marks === marks && held.width === width) continue;
      drawn[name] = { part: seen[name], marks, width };
      pictures[name].replaceChildren(plot(seen, width));
    }
  }

  function frame(width, height, words) {
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": words });
    return svg;
  }
  function steps(most) {
    if (!(most > 0)) return [0, 1];
    const raw = most / 3, power = 10 ** Math.floor(Math.log10(raw));
    const step = Math.max(1, [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw));
    const all = [];
    for (let at = 0; at <= most + step * 0.001; at += step) all.push(at);
    return all;
  }
  const time = (day) => Date.parse(`${day}T00:00:00Z`);
  function axes(svg, box, top, first, last) {
    for (const at of steps(top)) {
      const y = box.bottom - (at / top) * (box.bottom - box.top);
      svg.append(draw("line", { x1: box.left, x2: box.right, y1: y, y2: y, stroke: "var(--grid)" }));
      svg.append(draw("text", { x: box.left - 6, y: y + 4, "text-anchor": "end" }, number(at)));
    }
    const x = (when) => box.left + ((when - first) / (last - first || 1)) * (box.right - box.left);
    const years = (last - first) / 3.156e10;
    const months = years > 8 ? 24 : years > 3 ? 12 : years > 1.5 ? 6 : years > 0.6 ? 3 : 1;
    const begin = new Date(first);
    let month = Math.ceil((begin.getUTCFullYear() * 12 + begin.getUTCMonth() + (begin.getUTCDate() > 1 ? 1 : 0)) / months) * months;
    const form = new Intl.DateTimeFormat(asked.language || "en", { month: "short", timeZone: "UTC" });
    let right = -Infinity;
    for (; ; month += months) {
      const day = Date.UTC(Math.floor(month / 12), month % 12, 1);
      if (day > last) break;
      const text = month % 12 === 0 ? `${Math.floor(month / 12)}` : months < 12 ? form.format(day) : `${Math.floor(month / 12)}`;
      svg.append(draw("line", { x1: x(day), x2: x(day), y1: box.bottom, y2: box.bottom + 4, stroke: "var(--muted)" }));
      if (x(day) - right > 8 && x(day) + 16 < box.right + 12) {
        svg.append(draw("text", { x: x(day), y: box.bottom + 17, "text-anchor": "middle" }, text));
        right = x(day) + 4 * text.length;
      }
    }
    return x;
  }

  function timeline(seen, width) {
    const { periods, usual, window: span, words: said } = seen.timeline;
    const svg = frame(width, 210, said);
    const box = { left: 40, right: width - 8, top: 18, bottom: 182 };
    const first = time(periods[0][0]), end = new Date(time(periods.at(-1)[0]));
    const last = Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 1);
    const top = Math.max(...periods.map((one) => one[1]), usual || 0, 1) * 1.08;
    const left = box.left + ((time(span[0]) - first) / (last - first)) * (box.right - box.left);
    const right = box.left + ((time(span[1]) - first) / (last - first)) * (box.right - box.left);
    svg.append(draw("rect", { x: Math.max(left, box.left), y: box.top, width: Math.max(right - Math.max(left, box.left), 2), height: box.bottom - box.top, fill: "var(--band)" }));
    const x = axes(svg, box, top, first, last);
    periods.forEach(([day, n, share], at) => {
      const from = x(time(day)), to = x(at + 1 < periods.length ? time(periods[at + 1][0]) : last);
      const height = (n / top) * (box.bottom - box.top);
      const full = to - from, wide = Math.max(full * (share > 0 ? share : 1) - Math.min(1.5, full * 0.2), Math.min(full, 3));
      svg.append(draw("rect", { x: from, y: box.bottom - height, width: wide, height, fill: share < 1 ? "var(--before)" : "var(--attack)" }));
    });
    if (usual) {
      const y = box.bottom - (usual / top) * (box.bottom - box.top);
      svg.append(draw("line", { x1: box.left, x2: box.right, y1: y, y2: y, stroke: "var(--expected)", "stroke-width": 1.5, "stroke-dasharray": "5 4" }));
    }
    marks(svg, seen, x, box.top - 4);
    return svg;
  }
  function marks(svg, seen, x, y) {
    for (const [day, n] of (seen.offensives ? seen.offensives.rows : [])) {
      const at = x(time(day)), size = Math.min(3 + Math.sqrt(n), 7);
      svg.append(draw("path", { d: `M${at - size} ${y - size}h${2 * size}l${-size} ${1.6 * size}z`, fill: "var(--now)", stroke: "var(--paper)" }));
    }
  }

  function tempo(seen, width) {
    const { days, values, usual, words: said } = seen.tempo;
    const svg = frame(width, 190, said);
    if (!days.length) return svg;
    const box = { left: 40, right: width - 8, top: 18, bottom: 162 };
    const first = time(days[0]), last = time(days.at(-1));
    const top = Math.max(...values, usual || 0, 1) * 1.08;
    const x = axes(svg, box, top, first, last);
    const y = (value) => box.bottom - (value / top) * (box.bottom - box.top);
    const path = values.map((value, at) => `${at ? "L" : "M"}${x(time(days[at])).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    svg.append(draw("path", { d: `${path}L${box.right} ${box.bottom}L${box.left} ${box.bottom}Z`, fill: "var(--attack)", opacity: 0.15 }));
    svg.append(draw("path", { d: path, fill: "none", stroke: "var(--attack)", "stroke-width": 1.6 }));
    if (usual) svg.append(draw("line", { x1: box.left, x2: box.right, y1: y(usual), y2: y(usual), stroke: "var(--expected)", "stroke-width": 1.5, "stroke-dasharray": "5 4" }));
    svg.append(draw("circle", { cx: x(last), cy: y(values.at(-1)), r: 4, fill: "var(--now)" }));
    svg.append(draw("text", { x: x(last) - 8, y: Math.max(y(values.at(-1)) - 8, box.top + 12), "text-anchor": "end", class: "strong" }, number(values.at(-1))));
    marks(svg, { offensives: { rows: (seen.offensives ? seen.offensives.rows : []).filter(([day]) => time(day) >= first) } }, x, box.top - 4);
    return svg;
  }

  function map(seen, width) {
    const part = seen.map;
    if (!part.frame) return frame(width, 10, part.words);
    const [west, east, south, north] = part.frame;
    const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
    let scale = width / ((east - west) * narrow);
    let height = (north - south) * scale;
    if (height > 380) { scale *= 380 / height; height = 380; }
    if (height < 180) height = 180;
    const middle = [(west + east) / 2, (south + north) / 2];
    const x = (longitude) => width / 2 + (longitude - middle[0]) * narrow * scale;
    const y = (latitude) => height / 2 - (latitude - middle[1]) * scale;
    const svg = frame(width, Math.round(height), part.words);
    svg.append(draw("rect", { x: 0, y: 0, width, height, fill: "var(--land)" }));
    const line = (points) => points.map(([a, b], at) => `${at ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");
    for (const ring of part.areas) svg.append(draw("path", { d: `${line(ring)}Z`, fill: "var(--own)" }));
    for (const [kind, points] of part.lines)
      svg.append(draw("path", { d: line(points), fill: "none", stroke: kind === "coast" ? "var(--attack)" : "var(--muted)", "stroke-width": kind === "unit" ? 0.6 : 1, opacity: kind === "unit" ? 0.6 : 0.8 }));
    const most = Math.max(...part.dots.map((dot) => dot[2]));
    const radius = (n) => 2 + 7 * Math.sqrt(n / Math.max(most, 12));
    for (const [a, b, n] of part.dots)
      svg.append(draw("circle", { cx: x(a).toFixed(1), cy: y(b).toFixed(1), r: radius(n).toFixed(1), fill: "none", stroke: "var(--attack)", "stroke-width": 1.1, opacity: 0.75 }));
    for (const [a, b, , now] of part.dots)
      if (now) svg.append(draw("circle", { cx: x(a).toFixed(1), cy: y(b).toFixed(1), r: radius(now).toFixed(1), fill: "var(--now)", opacity: 0.85 }));
    for (const [name, a, b] of part.labels)
      svg.append(draw("text", { x: x(a), y: y(b), "text-anchor": "middle", class: "strong", "paint-order": "stroke", stroke: "var(--land)", "stroke-width": 3 }, name));
    return svg;
  }

  const resized = new ResizeObserver(() => { const seen = model.get("seen"); if (seen.verdict) pictureAll(seen); });
  resized.observe(root);
  const onAsked = () => { // moved from Python
    const given = model.get("asked");
    if (CHOSEN.some((name) => given[name] !== asked[name])) { asked = { ...given }; toControls(); rename(); }
  };
  const onTold = () => { const said = model.get("told"); told.textContent = said.words || ""; told.classList.toggle("wrong", Boolean(said.problem)); };
  model.on("change:seen", show);
  model.on("change:asked", onAsked);
  model.on("change:told", onTold);

  toControls();
  rename();
  show();
  onTold();
  const before = kept();
  if (before && CHOSEN.some((name) => before[name] !== asked[name])) {
    asked = { ...asked, ...Object.fromEntries(CHOSEN.map((name) => [name, before[name]])) };
    toControls();
    changed(0);
  }
  return () => {
    resized.disconnect();
    clearTimeout(timer);
    clearTimeout(patience);
    model.off("change:seen", show);
    model.off("change:asked", onAsked);
    model.off("change:told", onTold);
  };
}

export default { render };
