"use strict";
/* Rapport's report. The page carries the codes of every text; this script counts the texts that a
   reader chooses, puts the counts into the Bokeh plots and their tables, and lists the texts behind
   a number. Every word that comes from a text is put in as text, never as markup. */

const $ = (id) => document.getElementById(id);
const CORPORA = ["research", "practice"];
const UNITS = [["research text", "research texts"], ["practice passage", "practice passages"]];
const INK = "#1c2530", QUIET = "#59636e", RULE = "#d9dde2", SILENCE = "#a84600", VOICE = "#0072b2";
const SHADES = ["#fdea45", "#e9d559", "#d1bf68", "#baab71", "#a49876", "#8f8678", "#7c7578", "#696574", "#555771", "#40496e", "#24396f", "#00224e"];
const LOOKS = {
  relationship: ["diamond", SILENCE, "white"], relational: ["circle", VOICE, "white"],
  mixed: ["triangle", "#7b8794", "white"], transactional: ["square", "#d98e04", "white"],
  other: ["circle", "white", QUIET],
};
const SILENT = ["never mentioned", "under-mentioned"];
const PAGE = 20;

let study, texts, state, counts;
const plots = {}, views = {};

async function unpack(id) {
  const bytes = Uint8Array.from(atob($(id).textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/* ---- words and numbers ---- */

function percent(share) {
  if (share === null || share === undefined || Number.isNaN(share)) return "–";
  if (share > 0 && share < 0.0005) return "<0.1%";
  if (share > 0.9995 && share < 1) return ">99.9%";
  if ((share > 0 && share < 0.01) || (share > 0.99 && share < 1)) return `${(Math.floor(1000 * share + 0.5) / 10).toFixed(1)}%`;
  return `${Math.floor(100 * share + 0.5)}%`;
}
const whole = (n) => n.toLocaleString("en");
const counted = (n, corpus = state.corpus) => `${whole(n)} ${UNITS[corpus][n === 1 ? 0 : 1]}`;
const sure = (row) => (row.low === null ? "" : `95% CI ${percent(row.low)} to ${percent(row.high)}`);
const label = (concept) => study.concepts[concept].label;

/* The interval of Wilson 1927. Passages of one document are not independent: for them the page
   gives no interval but those of the gaps table. */
function wilson(k, n) {
  const z = 1.959963984540054, p = k / n, scale = 1 + (z * z) / n;
  const middle = (p + (z * z) / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/* ---- counting ---- */

const everything = () => !state.from && state.setting < 0 && !state.orientation;

function isAsked(strategy) {
  const row = study.concepts[strategy];
  return row.facet === "strategy" && (!state.orientation || row.orientation === state.orientation);
}

function isChosen(text, corpus) {
  if (texts.corpus[text] !== String(corpus)) return false;
  const year = texts.year[text], codes = texts.codes[text];
  if (state.from && (year < state.from || year > state.to)) return false;
  return state.setting < 0 || codes.includes(state.setting);
}

/* Whether a text is asked in what role it mentions a relationship, be it with a strategy or not. */
function hasRole(text) {
  const codes = texts.codes[text];
  return texts.related[text] === "1" && (!state.orientation || codes.some(isAsked)) && (state.roleOf < 0 || codes.includes(state.roleOf));
}

class Tally {
  constructor() { this.n = 0; this.related = 0; }
  add(related) { this.n += 1; this.related += related; }
}

function into(map, key, related) {
  if (!map.has(key)) map.set(key, new Tally());
  map.get(key).add(related);
}

/* Everything that the figures show of one corpus, in one pass over its texts. */
function count(corpus) {
  const all = new Tally(), strategies = new Map(), clusters = new Map(), cells = new Map();
  const named = new Map(), years = new Map(), pairs = new Map();
  const roles = { total: 0, none: 0, each: study.roles.map(() => 0) };
  for (let text = 0; text < texts.codes.length; text += 1) {
    if (!isChosen(text, corpus)) continue;
    const codes = texts.codes[text], related = Number(texts.related[text]);
    const asked = codes.filter(isAsked);
    if (hasRole(text)) {
      roles.total += 1;
      roles.none += texts.roles[text] === 0;
      study.roles.forEach((_, bit) => { roles.each[bit] += (texts.roles[text] >> bit) & 1; });
    }
    if (!asked.length) continue;
    all.add(related);
    for (const code of codes) into(named, code, related);
    for (const strategy of asked) into(strategies, strategy, related);
    for (const cluster of new Set(asked.map((c) => study.concepts[c].cluster))) into(clusters, cluster, related);
    const columns = columnsOf(text);
    for (const strategy of asked) for (const column of columns) into(cells, `${strategy}|${column}`, related);
    if (texts.year[text]) {
      into(years, `all|${texts.year[text]}`, related);
      for (const strategy of asked) into(years, `${strategy}|${texts.year[text]}`, related);
    }
    for (let i = 0; i < codes.length; i += 1) for (let j = i + 1; j < codes.length; j += 1) {
      const pair = codes[i] * 4096 + codes[j];
      pairs.set(pair, (pairs.get(pair) || 0) + 1);
    }
  }
  return { corpus, all, strategies, clusters, cells, named, years, roles, pairs };
}

function columnsOf(text) {
  if (state.across !== "year") return texts.codes[text].filter((c) => study.concepts[c].facet === state.across);
  const year = texts.year[text];
  return year ? [year - (year % 5)] : [];
}

/* A tally as a share with its interval: that of the gaps table where all texts are chosen. */
function share(tally, corpus, question, concept = "", by = "", value = "") {
  const { n, related } = tally || new Tally();
  const row = { n, without: n - related, share: n ? (n - related) / n : null, low: null, high: null };
  const told = everything() && study.gaps[[question, concept, by, value, corpus].join("|")];
  if (told) [row.low, row.high] = told;
  else if (n && corpus === 0) [row.low, row.high] = wilson(n - related, n);
  return row;
}
const idOf = (concept) => study.concepts[concept].id;
const ofAll = (c) => share(c.all, c.corpus, "all");
const ofStrategy = (c, s) => share(c.strategies.get(s), c.corpus, "strategy", idOf(s));
const ofCluster = (c, name) => share(c.clusters.get(name), c.corpus, "cluster", name);
function ofCell(c, strategy, column) {
  const value = state.across === "year" ? "" : idOf(column);
  return share(c.cells.get(`${strategy}|${column}`), c.corpus, "strategy", idOf(strategy), state.across, value);
}

/* The verdict on a pair, told only where all texts are chosen: a test of some is not a test of all. */
function verdict(a, b) {
  const row = study.silences.get(`${Math.min(a, b)}|${Math.max(a, b)}|${state.corpus}`);
  return row && everything() ? row.verdict : "";
}

function rowsAsked() {
  const asked = study.concepts.map((_, c) => c).filter((c) => isAsked(c) && counts.strategies.has(c));
  return asked.sort((a, b) => study.place[a] - study.place[b]);
}

function columnsAsked() {
  if (state.across === "year") {
    const starts = new Set([...counts.cells.keys()].map((key) => Number(key.split("|")[1])));
    return [...starts].sort().map((start) => ({ key: start, name: `${start} to ${start + 4}` }));
  }
  return study.concepts.map((row, c) => ({ key: c, name: row.label }))
    .filter(({ key }) => study.concepts[key].facet === state.across && counts.named.has(key))
    .sort((a, b) => study.place[a.key] - study.place[b.key]);
}

/* ---- drawing ---- */

const shade = (s) => SHADES[Math.min(SHADES.length - 1, Math.floor(s * SHADES.length))];
const source = (name) => plots[name.split("-")[0]].document.get_model_by_name(name);

function fill(name, rows) {
  const model = source(name), data = {};
  for (const column of Object.keys(model.data)) data[column] = rows.map((row) => row[column]);
  model.selected.indices = [];
  model.data = data;
}

function size(id, width, height) {
  const plot = plots[id];
  plot.width = Math.round(width);
  plot.height = Math.round(height);
  source(`${id}-x`).end = plot.width;
  source(`${id}-y`).start = plot.height;
}

const pen = document.createElement("canvas").getContext("2d");
const FACE = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
function widthOf(words, px) { pen.font = `${px}px ${FACE}`; return pen.measureText(words).width; }
function fit(words, width, px) {
  if (widthOf(words, px) <= width) return words;
  let end = words.length;
  while (end > 1 && widthOf(`${words.slice(0, end)}…`, px) > width) end -= 1;
  return `${words.slice(0, end).trimEnd()}…`;
}
const room = (id) => $(id).closest(".plot").clientWidth;

function drawMap() {
  const rows = rowsAsked(), columns = columnsAsked(), wide = room("map") >= 720;
  const at = wide
    ? { label: 335, count: 375, forest: 392, share: 518, pairs: 566, cells: 612 }
    : { label: 150, count: 186, forest: null, share: 194, pairs: null, cells: 240 };
  const biggest = Math.max(1, ...[...counts.cells.values()].map((t) => t.n)), ruler = 120;
  at.cell = Math.max(40 + widthOf(whole(biggest), 12), wide ? Math.min(100, (room("map") - at.cells - 64) / (columns.length || 1)) : 0);
  const tilt = Math.PI / 5, head = 44 + Math.sin(tilt) * Math.max(20, ...columns.map(({ name }) => Math.min(165, widthOf(name, 12)))), line = 27;
  const lines = [], dots = [], cells = [], labels = [], names = [], notes = [];
  const note = (x, y, text, more = {}) => notes.push({ x, y, text, colour: INK, angle: 0, size: "12px", ...more });
  note(at.count - widthOf("texts", 12), head - 12, "texts", { colour: QUIET });
  if (wide) {
    note(at.forest, head - 28, "share without a relationship", { colour: QUIET });
    note(at.forest, head - 12, "0%", { colour: QUIET });
    note(at.forest + ruler - widthOf("100%", 12), head - 12, "100%", { colour: QUIET });
    note(at.pairs - 6, head - 28, "silent", { colour: QUIET });
    note(at.pairs - 6, head - 12, "pairs", { colour: QUIET });
  }
  columns.forEach(({ name }, j) => note(at.cells + at.cell * j + 14, head - 12, fit(name, 165, 12), { angle: tilt }));
  const measure = (row, y, marker) => {
    const strong = marker === "diamond" ? names : labels;
    const put = (x, text) => (strong === names ? names.push({ x: x - widthOf(text, 13), y, text, colour: INK, angle: 0, size: "12px" }) : labels.push({ x, y, text, colour: INK, angle: 0, size: "12px" }));
    put(at.count, whole(row.n));
    put(at.share + 36, percent(row.share));
    if (!wide || row.share === null) return;
    if (row.low !== null) lines.push({ x0: at.forest + ruler * row.low, x1: at.forest + ruler * row.high, y0: y, y1: y, colour: INK, width: 1.5, dash: "solid" });
    dots.push({ x: at.forest + ruler * row.share, y, colour: shade(row.share), marker, size: marker === "diamond" ? 14 : 9 });
  };
  let y = head, cluster = null;
  for (const strategy of rows) {
    const told = study.concepts[strategy];
    if (told.cluster !== cluster) {
      cluster = told.cluster;
      y += line + (y > head ? 8 : 0);
      names.push({ x: 4, y: y - line / 2, text: fit(cluster, at.label - 4, 13), colour: INK, angle: 0, size: "13px" });
      measure(ofCluster(counts, cluster), y - line / 2, "diamond");
      lines.push({ x0: 4, x1: at.cells + at.cell * columns.length, y0: y, y1: y, colour: RULE, width: 1, dash: "solid" });
    }
    y += line;
    const middle = y - line / 2;
    labels.push({ x: at.label, y: middle, text: fit(told.label, at.label - 6, 12), colour: INK, angle: 0, size: "12px" });
    measure(ofStrategy(counts, strategy), middle, "circle");
    const [silent, testable] = silentPairs(strategy);
    if (wide && testable) note(at.pairs - 6, middle, silent ? `▼ ${silent}/${testable}` : `0/${testable}`, { colour: silent ? SILENCE : QUIET });
    columns.forEach(({ key, name }, j) => {
      const row = ofCell(counts, strategy, key), x = at.cells + at.cell * j;
      const found = state.across === "year" ? "" : verdict(strategy, key);
      cells.push({
        x: x + at.cell / 2, y: middle, width: at.cell, height: line, bubble: x + 14, number: x + 28, corner: x + at.cell - 4,
        size: row.n ? Math.max(3, 22 * Math.sqrt(row.n / biggest)) : found === "untestable" ? 2 : 6,
        colour: row.n ? shade(row.share) : found === "untestable" ? QUIET : "white", edge: row.n ? INK : QUIET,
        count: whole(row.n), ink: row.n ? INK : QUIET, mark: SILENT.includes(found) ? "▼" : "",
        strategy: told.label, column: name, texts: whole(row.n), verdict: found,
        share: row.n ? `${percent(row.share)} ${sure(row)}` : "–", key: [strategy, key],
      });
    });
  }
  if (wide && counts.all.n) {
    const x = at.forest + ruler * ofAll(counts).share;
    lines.push({ x0: x, x1: x, y0: head - 2, y1: y, colour: QUIET, width: 1, dash: "dashed" });
  }
  const foot = drawKey(4, y + 26, biggest, wide, { dots, note });
  size("map", Math.max(room("map") - 2, at.cells + at.cell * columns.length + 62), foot);
  fill("map-lines", lines); fill("map-dots", dots); fill("map-labels", labels);
  fill("map-names", names); fill("map-notes", notes); fill("map-cells", cells);
  keys.map = cells.map((cell) => cell.key);
  const all = ofAll(counts);
  $("map-says").textContent = all.n ? mapSays(rows) : `No ${UNITS[state.corpus][0]} that you have chosen names a strategy.`;
}

/* The key below the map, so that a saved figure can be read alone. Returns where it ends. */
function drawKey(x, y, biggest, wide, { dots, note }) {
  SHADES.forEach((colour, i) => dots.push({ x: x + 6 + 11 * i, y, colour, marker: "square", size: 11 }));
  note(x + 8 + 11 * SHADES.length, y, "0% to 100% of texts mention no relationship");
  const steps = [...new Set([biggest, Math.max(1, Math.round(biggest / 4)), 1])];
  let right = x + 12;
  for (const n of steps) {
    dots.push({ x: right, y: y + 30, colour: "white", marker: "circle", size: Math.max(3, 22 * Math.sqrt(n / biggest)) });
    note(right + 15, y + 30, whole(n));
    right += 40 + widthOf(whole(n), 12);
  }
  note(right, y + 30, "texts, by area");
  const words = everything()
    ? ["▼ in fewer texts than how often each is named implies (false-discovery rate 5%)", wide ? "▼ 2/5: of 5 testable pairs with a concept of the other orientation, 2 are silent so" : "", "small dot: no text, and too few to tell silence from chance"]
    : ["Tests against chance concern the whole corpus and are hidden while texts are chosen."];
  if (wide) words.push("◆ cluster   ● strategy   ┆ all texts");
  words.push(`Counted: ${chosenWords()}.`, study.notice);
  let bottom = y + 34;
  for (const line of words.filter(Boolean)) note(x, (bottom += 22), line, { colour: line.startsWith("▼") ? SILENCE : QUIET });
  return bottom + 18;
}

function silentPairs(strategy) {
  if (!everything()) return [0, 0];
  const rows = (study.crossed.get(strategy) || []).filter((row) => row.corpus === state.corpus);
  return [rows.filter((row) => SILENT.includes(row.verdict)).length, rows.filter((row) => row.verdict !== "untestable").length];
}

function mapSays(rows) {
  const told = rows.map((s) => [s, ofStrategy(counts, s)]).filter(([, row]) => row.n >= 5);
  if (told.length < 2) return allSays();
  told.sort(([, a], [, b]) => b.share - a.share || b.n - a.n);
  const one = ([s, row]) => `${label(s)} (${percent(row.share)} of ${whole(row.n)})`;
  return `Relationships go unmentioned most in texts that name ${one(told[0])}, least in those that name ${one(told.at(-1))}, among the strategies that at least five texts name.`;
}
function allSays() {
  const row = ofAll(counts), interval = sure(row);
  return `In ${whole(row.without)} of ${counted(row.n)} that name a strategy, no relationship is mentioned (${percent(row.share)}${interval ? `, ${interval}` : ""}).`;
}

function drawComparison() {
  if (study.corpora.length < 2) return;
  const both = [0, 1].map((corpus) => (corpus === state.corpus ? counts : count(corpus)));
  const named = (c, s) => ({ n: c.strategies.get(s)?.n || 0, of: c.all.n });
  const value = (c, s) => {
    if (state.measure === "unmentioned") return ofStrategy(c, s).share;
    return c.all.n ? named(c, s).n / c.all.n : null;
  };
  const rows = study.concepts.map((_, s) => s)
    .filter((s) => isAsked(s) && both.some((c) => c.strategies.has(s)))
    .map((s) => ({ s, values: both.map((c) => value(c, s)) }))
    .sort((a, b) => (b.values[state.corpus] ?? -1) - (a.values[state.corpus] ?? -1) || study.place[a.s] - study.place[b.s]);
  const width = Math.min(820, room("comparison")), left = 12, right = width - 24, top = 60, step = 46;
  const top1 = Math.max(0.01, ...rows.flatMap((r) => r.values.map((v) => v ?? 0)));
  const most = state.measure === "unmentioned" ? 1 : Math.min(1, Math.ceil(top1 * 20) / 20);
  const x = (v) => left + ((right - left) * v) / most, lines = [], dots = [], labels = [];
  const looks = [[VOICE, "circle"], [SILENCE, "square"]];
  CORPORA.forEach((name, c) => {
    dots.push({ x: left + 6 + 110 * c, y: 14, colour: looks[c][0], marker: looks[c][1], size: 12, label: name, corpus: name, share: "", texts: "" });
    labels.push({ x: left + 18 + 110 * c, y: 14, text: name, colour: INK });
  });
  rows.forEach(({ s, values }, i) => {
    const y = top + step * i + 30;
    labels.push({ x: left, y: y - 17, text: fit(label(s), right - left - 110, 13), colour: INK });
    labels.push({ x: right - 86, y: y - 17, text: values.map(percent).join("  |  "), colour: QUIET });
    if (!values.includes(null)) lines.push({ x0: x(values[0]), x1: x(values[1]), y });
    values.forEach((v, c) => v !== null && dots.push({
      x: x(v), y, colour: looks[c][0], marker: looks[c][1], size: c === state.corpus ? 14 : 10, label: label(s), corpus: CORPORA[c],
      share: percent(v), texts: whole(named(both[c], s).n), key: [s, c],
    }));
  });
  const bottom = top + step * rows.length + 12;
  size("comparison", width, bottom);
  fill("comparison-scale", [0, 0.25, 0.5, 0.75, 1].map((f) => ({ x: x(f * most), top: top - 6, bottom, text: percent(f * most) })));
  fill("comparison-lines", lines); fill("comparison-dots", dots); fill("comparison-labels", labels);
  keys.comparison = dots.map((dot) => dot.key);
  drawn.comparison = rows.map(({ s, values }) => [label(s), named(both[0], s).n, values[0], named(both[1], s).n, values[1], values.includes(null) ? null : values[1] - values[0], ...contrast(s).slice(1), s]);
  $("comparison-says").textContent = comparisonSays(rows, both);
}

/* Practice less research with its interval, and the stratified odds ratio: told of all texts only. */
const contrast = (s) => (everything() && study.contrasts[`${state.measure}|${idOf(s)}`]) || Array(6).fill(null);
const points = (v) => `${v > 0 ? "+" : ""}${Math.round(100 * v)} points`;
const times = (v) => v.toFixed(2);

function comparisonSays(rows, both) {
  const enough = rows.filter(({ s, values }) => !values.includes(null) && both.every((c) => (c.strategies.get(s)?.n || 0) >= 5));
  if (!enough.length) return "No strategy is named by at least five texts of each corpus.";
  const what = state.measure === "unmentioned" ? "goes without a relationship" : "is named";
  const first = enough.reduce((a, b) => (Math.abs(b.values[1] - b.values[0]) > Math.abs(a.values[1] - a.values[0]) ? b : a));
  return `Research and practice differ most on ${label(first.s)}: it ${what} in ${percent(first.values[0])} of research texts and ${percent(first.values[1])} of practice passages${state.measure === "unmentioned" ? " that name it" : " that name a strategy"}.`;
}

function drawTrend() {
  const of = $("trend-of").value || "all";
  const rows = [...counts.years.entries()].filter(([key]) => key.split("|")[0] === of)
    .map(([key, tally]) => ({ year: Number(key.split("|")[1]), ...share(tally, state.corpus, of === "all" ? "year" : "strategy", of === "all" ? key.split("|")[1] : idOf(Number(of)), of === "all" ? "" : "year", of === "all" ? "" : key.split("|")[1]) }))
    .sort((a, b) => a.year - b.year);
  const most = Math.max(1, ...rows.map((r) => r.n));
  source("trend-years").start = (rows[0]?.year ?? 2000) - 0.6;
  source("trend-years").end = (rows.at(-1)?.year ?? 2001) + 0.6;
  fill("trend-years-source", rows.map((r) => ({ year: r.year, share: r.share, low: r.low ?? r.share, high: r.high ?? r.share, size: 5 + 12 * Math.sqrt(r.n / most), texts: whole(r.n), told: `${percent(r.share)} ${sure(r)}` })));
  keys.trend = rows.map((r) => [of, r.year]);
  drawn.trend = rows.map((r) => [r.year, r.n, r.without, r.share, r.low, r.high, of]);
  const first = rows[0], last = rows.at(-1);
  $("trend-tells").textContent = (everything() && study.trends[[of === "all" ? "all" : "strategy", of === "all" ? "" : idOf(Number(of)), state.corpus].join("|")]) || "";
  $("trend-says").textContent = rows.length < 2 ? `There are no years to compare among the ${UNITS[state.corpus][1]} that you have chosen.`
    : `In ${first.year}, ${percent(first.share)} of ${whole(first.n)} texts mentioned no relationship; in ${last.year}, ${percent(last.share)} of ${whole(last.n)}. The band is the 95% interval, a larger dot more texts.`;
}

function drawRoles() {
  const { total, none, each } = counts.roles, unit = UNITS[state.corpus][1];
  const rows = study.roles.map((role, bit) => ({ role, bit, n: each[bit] }))
    .concat(none ? [{ role: "no role told", bit: -1, n: none }] : [])
    .map((row) => {
      const told = everything() && study.gaps[["role", row.role, "outcome", state.roleOf < 0 ? "" : idOf(state.roleOf), state.corpus].join("|")];
      const [low, high] = told || (total && state.corpus === 0 ? wilson(row.n, total) : [null, null]);
      return { ...row, share: total ? row.n / total : null, low, high };
    }).sort((a, b) => b.n - a.n);
  const width = Math.min(820, room("roles")), left = 6, right = width - 6, step = 44;
  const most = Math.max(1, ...rows.map((r) => r.n));
  size("roles", width, step * rows.length + 10);
  fill("roles-bars", rows.map((r, i) => ({ x: left, right: left + (right - left) * (r.n / most), y: step * i + 32, label: r.role, texts: whole(r.n), share: `${percent(r.share)} ${sure(r)}` })));
  fill("roles-labels", rows.map((r, i) => ({ x: left, y: step * i + 13, text: `${r.role}: ${whole(r.n)} (${percent(r.share)})`, colour: INK })));
  keys.roles = rows.map((r) => [r.bit, r.role]);
  drawn.roles = rows.map((r) => [r.role, r.n, r.share, r.low, r.high, r.bit]);
  const of = state.roleOf < 0 ? "" : ` and name ${label(state.roleOf)}`;
  $("roles-says").textContent = total
    ? `Of ${counted(total)} that mention a relationship${of}, most speak of it as ${rows[0].role} (${percent(rows[0].share)}). A text may give it several roles.`
    : `None of the ${unit} that you have chosen mentions a relationship${of}.`;
}

/* With what strategies texts meet a determinant: of the whole corpus, as the gaps stage tells it. */
function drawAnswers() {
  const rows = study.answers.filter((row) => row[2] === state.corpus);
  $("answers-box").hidden = !rows.length;
  table($("answers"), {
    file: "answers", caption: `Of all ${UNITS[state.corpus][1]} that name a determinant, how many meet it with which strategies`,
    columns: [["Determinant"], ["Met with"], ["Texts", whole], ["Of", whole], ["Share", percent], ["95% from", percent], ["to", percent]],
    rows: rows.map(([determinant, answer, , ...numbers]) => [determinant, answer, ...numbers]),
  });
}

function lookOf(concept) {
  const { facet, orientation } = study.concepts[concept];
  if (facet === "relationship") return "relationship";
  return facet === "strategy" && LOOKS[orientation] ? orientation : "other";
}

function drawGraph() {
  const shown = [...counts.named.keys()].filter((c) => study.places[c] && (study.concepts[c].facet !== "strategy" || isAsked(c)));
  const most = Math.max(1, ...shown.map((c) => counts.named.get(c).n)), set = new Set(shown);
  const nodes = shown.map((c) => {
    const [marker, colour, edge] = LOOKS[lookOf(c)], tally = counts.named.get(c), [x, y] = study.places[c];
    return { c, x, y, size: 7 + 24 * Math.sqrt(tally.n / most), marker, colour, edge, label: label(c), kind: lookOf(c) === "other" ? study.concepts[c].facet : lookOf(c), texts: whole(tally.n), share: percent((tally.n - tally.related) / tally.n), n: tally.n };
  }).sort((a, b) => b.n - a.n);
  const met = study.edges.map(([a, b]) => ({ a, b, n: counts.pairs.get(Math.min(a, b) * 4096 + Math.max(a, b)) || 0 }))
    .filter((e) => e.n && set.has(e.a) && set.has(e.b));
  const thick = Math.max(1, ...met.map((e) => e.n));
  const ends = ({ a, b }) => ({ x0: study.places[a][0], y0: study.places[a][1], x1: study.places[b][0], y1: study.places[b][1] });
  fill("graph-edges", met.map((e) => ({ ...ends(e), width: 0.6 + 5 * (e.n / thick), alpha: 0.12 + 0.3 * (e.n / thick) })));
  const missing = silencesAsked().filter((s) => s.crossed && set.has(s.a) && set.has(s.b)).slice(0, 40);
  fill("graph-missing", missing.map(ends));
  const unwritten = study.missing.filter(([corpus, a, b]) => corpus === state.corpus && set.has(a) && set.has(b)).slice(0, 12);
  fill("graph-unwritten", unwritten.map(([, a, b]) => ends({ a, b })));
  fill("graph-nodes", nodes); fill("graph-found", []);
  keys.graph = nodes.map((node) => [node.c]);
  drawn.nodes = nodes;
  placeNames();
  drawn.graph = nodes.map((node) => {
    const near = met.filter((e) => e.a === node.c || e.b === node.c).sort((p, q) => q.n - p.n).slice(0, 3);
    return [node.label, node.kind, node.n, (node.n - counts.named.get(node.c).related) / node.n, near.map((e) => `${label(e.a === node.c ? e.b : e.a)} (${e.n})`).join("; "), node.c];
  });
  const top = [...met].sort((p, q) => q.n - p.n)[0];
  $("graph-says").textContent = top ? `${nodes.length} concepts and the ${met.length} strongest links between them. ${label(top.a)} and ${label(top.b)} are written about together most often, in ${counted(top.n)}. ${missing.length ? `${missing.length} dashed lines join pairs that meet less often than chance. ` : ""}${unwritten.length ? `${unwritten.length} dotted lines join pairs that are foretold and unwritten.` : ""}` : "No two concepts meet in the texts that you have chosen.";
}

/* Names of as many nodes as fit without overlap, the most named first. */
function placeNames() {
  const xs = source("graph-x"), ys = source("graph-y"), width = room("graph"), height = plots.graph.height;
  const at = drawn.nodes.map((node) => [((node.x - xs.start) / (xs.end - xs.start)) * width, ((ys.end - node.y) / (ys.end - ys.start)) * height]);
  const taken = at.map(([x, y], i) => { const half = drawn.nodes[i].size / 2 - 1; return [x - half, y - half, x + half, y + half]; });
  const names = [];
  for (const [i, node] of drawn.nodes.entries()) {
    const [x, y] = at[i];
    if (x < 0 || x > width || y < 0 || y > height) continue;
    const text = fit(node.label, 190, 12), half = widthOf(text, 12) / 2 + 4;
    const shift = Math.max(0, half - x) - Math.max(0, x + half - width);
    const above = y + node.size / 2 + 18 > height, low = above ? y - node.size / 2 - 17 : y + node.size / 2;
    const box = [x - half + shift, low, x + half + shift, low + 16];
    if (taken.some((t) => t[0] < box[2] && box[0] < t[2] && t[1] < box[3] && box[1] < t[3])) continue;
    taken.push(box);
    names.push({ x: node.x, y: node.y, text, shift, offset: (node.size / 2 + 9) * (above ? -1 : 1), colour: node.kind === "relationship" ? SILENCE : INK });
  }
  fill("graph-names", names);
}

function zoom(factor, x, y) {
  const xs = source("graph-x"), ys = source("graph-y");
  const [cx, cy] = [x ?? (xs.start + xs.end) / 2, y ?? (ys.start + ys.end) / 2];
  const [w, h] = [((xs.end - xs.start) / 2) * factor, ((ys.end - ys.start) / 2) * factor];
  Object.assign(xs, { start: cx - w, end: cx + w });
  Object.assign(ys, { start: cy - h, end: cy + h });
}
function zoomAll() {
  const xs = drawn.nodes.map((node) => node.x), ys = drawn.nodes.map((node) => node.y);
  if (!xs.length) return;
  const pad = (low, high) => { const by = (high - low) * 0.09 || 1; return { start: low - by, end: high + by }; };
  Object.assign(source("graph-x"), pad(Math.min(...xs), Math.max(...xs)));
  Object.assign(source("graph-y"), pad(Math.min(...ys), Math.max(...ys)));
}

function find() {
  if (!plots.graph) return;
  const asked = $("find").value.trim().toLowerCase();
  const node = asked && (drawn.nodes.find((n) => n.label.toLowerCase() === asked) || drawn.nodes.find((n) => n.label.toLowerCase().includes(asked)));
  fill("graph-found", node ? [{ x: node.x, y: node.y, size: node.size + 10 }] : []);
  if (!node) { $("found").textContent = asked ? "No concept of this name is named in the texts that you have chosen." : ""; return; }
  const row = drawn.graph.find((r) => r[5] === node.c);
  $("found").textContent = `${node.label}: ${counted(node.n)}. ${row[4] ? `Meets most with ${row[4]}.` : ""}`;
  const xs = source("graph-x"), all = drawn.nodes.map((n) => n.x);
  zoom(Math.min(1, (0.45 * (Math.max(...all) - Math.min(...all))) / (xs.end - xs.start)), node.x, node.y);
}

function silencesAsked() {
  return [...study.silences.values()]
    .filter((s) => s.corpus === state.corpus && SILENT.includes(s.verdict) && (!state.orientation || isAsked(s.a) || isAsked(s.b)))
    .sort((p, q) => q.crossed - p.crossed || q.expected - q.both - (p.expected - p.both));
}

function drawSilences() {
  const rows = silencesAsked();
  $("silences-says").textContent = `${whole(rows.length)} pairs of concepts meet in fewer ${UNITS[state.corpus][1]} than how often each is named, and how many concepts each text names, would have it; ${whole(rows.filter((r) => r.crossed).length)} of them join a relational and a transactional concept. The tests concern all ${UNITS[state.corpus][1]}: choosing texts does not change them.`;
  table($("silences"), {
    file: "silences", caption: "Silent pairs, relational with transactional first, then by how many texts are lacking",
    columns: [["One concept"], ["Other concept"], ["Kind"], ["Texts with both", whole], ["Expected", (v) => v.toFixed(1)], ["Ratio", (v) => v.toFixed(2)], ["q", (v) => (v === null ? "–" : v < 0.001 ? "<0.001" : v.toFixed(3))], ["Verdict"], ["Would not stand without"]],
    rows: rows.map((r) => [label(r.a), label(r.b), r.kind, r.both, r.expected, r.expected ? r.both / r.expected : null, r.q, r.verdict, r.without.replaceAll(" | ", "; "), r.a, r.b]),
    press: { 3: (row) => open(`${row[0]} and ${row[1]}`, ofCorpus(state.corpus).filter((text) => [row[9], row[10]].every((c) => texts.codes[text].includes(c))), [row[9], row[10]]) },
  });
}

/* Pairs that the graph foretells and no text names together, with the nearest texts to read. */
function drawMissing() {
  const rows = study.missing.filter((row) => row[0] === state.corpus && (!state.orientation || isAsked(row[1]) || isAsked(row[2])));
  $("missing-section").hidden = !study.missing.length;
  $("missing-says").textContent = rows.length
    ? `Both concepts of such a pair are written about, and with much the same others, yet no ${UNITS[state.corpus][0]} names them together. ${label(rows[0][1])} with ${label(rows[0][2])} comes first. The texts that come nearest to either side can be read.`
    : `There is no such pair among the ${UNITS[state.corpus][1]} that you have chosen.`;
  const near = (row, c, list) => open(`Near ${row[0]} with ${row[1]}: texts on ${row[c]}`, row[list], [row[9], row[10]]);
  table($("missing"), {
    file: "missing", caption: "Unwritten pairs, the best foretold first",
    columns: [["One concept"], ["Other concept"], ["Texts", whole], ["Texts of other", whole], ["Allocation", (v) => v.toFixed(2)], ["Expected", (v) => v.toFixed(1)], ["Near one", whole], ["Near other", whole]],
    rows: rows.map(([, a, b, nA, nB, score, expected, nearA, nearB]) => [label(a), label(b), nA, nB, score, expected, nearA.length, nearB.length, a, a, b, nearA, nearB]),
    press: { 6: (row) => near(row, 0, 11), 7: (row) => near(row, 1, 12) },
  });
}

/* ---- tables ---- */

const drawn = {}, keys = {};

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/* A table that sorts, scrolls and downloads. A column is a name and how its numbers are shown;
   `press` gives for a column what its buttons do with the row. */
function table(host, told) {
  const { columns, file, caption, press = {} } = told;
  let { rows } = told, order = null, limit = 150;
  const body = element("tbody"), head = element("tr"), more = element("button", { type: "button", className: "more" });
  const show = (value, c) => (value === null || value === undefined ? "–" : columns[c][1] ? columns[c][1](value) : String(value));
  const fillBody = () => {
    body.replaceChildren(...rows.slice(0, limit).map((row) => element("tr", {}, ...columns.map((column, c) => {
      const words = show(row[c], c), cell = element(c ? "td" : "th", c ? { className: column[1] ? "number" : "" } : { scope: "row" });
      cell.dir = "auto";
      if (press[c] && row[c]) {
        const spoken = column[2] ? column[2](row) : `${words}: list the texts`;
        cell.append(element("button", { type: "button", textContent: words, ariaLabel: spoken, onclick: () => press[c](row) }));
      } else cell.textContent = words;
      if (column[3]?.(row)) cell.append(element("span", { className: "silent", textContent: " ▼", title: "in fewer texts than chance" }));
      return cell;
    }))));
    more.hidden = rows.length <= limit;
    more.textContent = `Show all ${whole(rows.length)} rows`;
  };
  more.onclick = () => { limit = rows.length; fillBody(); };
  columns.forEach((column, c) => {
    const cell = element("th", { scope: "col", className: column[1] ? "number" : "" });
    cell.append(element("button", { type: "button", textContent: column[0], onclick: () => {
      const up = order === c ? cell.ariaSort === "descending" : !column[1];
      for (const other of head.children) other.removeAttribute("aria-sort");
      cell.ariaSort = up ? "ascending" : "descending";
      order = c;
      const compare = (a, b) => (a === null || a === undefined ? 1 : b === null || b === undefined ? -1 : typeof a === "number" ? (a - b) * (up ? 1 : -1) : String(a).localeCompare(String(b)) * (up ? 1 : -1));
      rows = [...rows].sort((p, q) => compare(p[c], q[c]));
      fillBody();
    } }));
    head.append(cell);
  });
  fillBody();
  const save = element("button", { type: "button", className: "csv", textContent: "Save this table as CSV", onclick: () => {
    const harmless = (v) => (typeof v === "string" && /^[=+\-@\t\r]/.test(v) ? `'${v}` : v ?? "");
    const quoted = (v) => (/[",\n]/.test(String(v)) ? `"${String(v).replaceAll('"', '""')}"` : String(v));
    const text = [columns.map((c) => c[0]), ...rows.map((r) => r.slice(0, columns.length))].map((r) => r.map((v) => quoted(harmless(v))).join(",")).join("\n");
    save_as(new Blob(["\ufeff", text, "\n"], { type: "text/csv" }), `${file}.csv`);
  } });
  const scroll = element("div", { className: "scroll", tabIndex: 0 }, element("table", { className: "data" }, element("caption", { textContent: caption }), element("thead", {}, head), body));
  scroll.setAttribute("role", "region");
  scroll.ariaLabel = caption;
  host.replaceChildren(scroll, save, " ", more);
}

function save_as(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const TABLES = {
  map() {
    const columns = columnsAsked();
    return {
      caption: `Strategies by ${$("across").selectedOptions[0].textContent}: texts that name both, and the share of them without a relationship`,
      columns: [["Strategy"], ["Cluster"], ["Texts", whole], ["Without a relationship", percent], ["95% from", percent], ["to", percent],
        ...columns.flatMap(({ key, name }, j) => [
          [name, whole, (row) => `${counted(row[6 + 2 * j])} with ${row[0]} and ${name}; ${percent(row[7 + 2 * j])} mention no relationship: list them`, (row) => SILENT.includes(verdict(row.at(-1), key))],
          ["without", percent],
        ])],
      rows: rowsAsked().map((s) => {
        const all = ofStrategy(counts, s), cells = columns.map(({ key }) => ofCell(counts, s, key));
        return [label(s), study.concepts[s].cluster, all.n, all.share, all.low, all.high, ...cells.flatMap((cell) => [cell.n, cell.share]), s];
      }),
      press: { 2: (row) => openConcepts([row.at(-1)]), ...Object.fromEntries(columns.map(({ key }, j) => [6 + 2 * j, (row) => openCell(row.at(-1), key)])) },
    };
  },
  comparison: () => ({
    caption: state.measure === "unmentioned" ? "Share of the texts that name a strategy and no relationship" : "Share of the texts that name the strategy",
    columns: [["Strategy"], ["Research texts", whole], ["Research", percent], ["Practice passages", whole], ["Practice", percent], ["Practice less research", points], ["95% from", points], ["to", points], ["Odds ratio, stratified", times], ["95% from", times], ["to", times]],
    rows: drawn.comparison,
    press: { 1: (row) => openConcepts([row.at(-1)], 0), 3: (row) => openConcepts([row.at(-1)], 1) },
  }),
  trend: () => ({
    caption: "Share of texts without a relationship, by year",
    columns: [["Year"], ["Texts", whole], ["Without", whole], ["Share", percent], ["95% from", percent], ["to", percent]],
    rows: drawn.trend, press: { 1: (row) => openYear(row[6], row[0]) },
  }),
  roles: () => ({
    caption: "Roles in which texts mention a relationship",
    columns: [["Role"], ["Texts", whole], ["Share", percent], ["95% from", percent], ["to", percent]],
    rows: drawn.roles, press: { 1: (row) => openRole(row[5], row[0]) },
  }),
  graph: () => ({
    caption: "Concepts, and what each meets most often",
    columns: [["Concept"], ["Kind"], ["Texts", whole], ["Without a relationship", percent], ["Meets most with"]],
    rows: drawn.graph, press: { 2: (row) => openConcepts([row[5]]) },
  }),
  flow: () => ({ caption: "Entries by step", columns: [["Step"], ["Entries", whole]], rows: study.flow }),
};

const FIGURES = {
  map: { draw: drawMap, presses: "map-cells", act: openCell },
  comparison: { draw: drawComparison, presses: "comparison-dots", act: (s, corpus) => openConcepts([s], corpus) },
  trend: { draw: drawTrend, presses: "trend-years-source", act: openYear },
  roles: { draw: drawRoles, presses: "roles-bars", act: openRole },
  graph: { draw: drawGraph, presses: "graph-nodes", act: (c) => openConcepts([c]) },
};

function refreshTable(id) {
  const box = $(`${id}-numbers`);
  if (box.open && (plots[id] || id === "flow")) table(box.querySelector("div"), { file: id, ...TABLES[id]() });
}

/* ---- the texts behind a number ---- */

let listed = [], shownSoFar = 0, asked = [], opener = null;

const ofCorpus = (corpus) => [...texts.codes.keys()].filter((text) => texts.corpus[text] === String(corpus));
const ofChosen = (corpus) => ofCorpus(corpus).filter((text) => isChosen(text, corpus));
const withStrategy = (corpus) => ofChosen(corpus).filter((text) => texts.codes[text].some(isAsked));

function openConcepts(concepts, corpus = state.corpus) {
  const found = withStrategy(corpus).filter((text) => concepts.every((c) => texts.codes[text].includes(c)));
  open(concepts.map(label).join(" and "), found, concepts, corpus);
}
function openCell(strategy, column) {
  if (state.across !== "year") { openConcepts([strategy, column]); return; }
  const found = withStrategy(state.corpus).filter((text) => texts.codes[text].includes(strategy) && columnsOf(text).includes(column));
  open(`${label(strategy)}, ${column} to ${column + 4}`, found, [strategy]);
}
function openYear(of, year) {
  const strategy = of === "all" ? null : Number(of);
  const found = withStrategy(state.corpus).filter((text) => texts.year[text] === year && (strategy === null || texts.codes[text].includes(strategy)));
  open(`${strategy === null ? "Any strategy" : label(strategy)}, ${year}`, found, strategy === null ? [] : [strategy]);
}
function openRole(bit, role) {
  const found = ofChosen(state.corpus).filter((text) => hasRole(text) && (bit < 0 ? !texts.roles[text] : (texts.roles[text] >> bit) & 1));
  open(`A relationship as ${role}`, found, study.concepts.flatMap((row, c) => (row.facet === "relationship" ? [c] : [])));
}

/* List the texts found, those without a relationship first; the mentions of `concepts` are named. */
function open(title, found, concepts, corpus = state.corpus) {
  const without = found.filter((text) => texts.related[text] === "0").length;
  listed = found.filter((text) => study.rank[text] >= 0).sort((a, b) => Number(texts.related[a]) - Number(texts.related[b]) || texts.year[b] - texts.year[a]);
  asked = concepts;
  shownSoFar = 0;
  opener = document.activeElement;
  $("texts-title").textContent = title;
  $("texts-says").textContent = `${counted(found.length, corpus)}${without ? `; ${whole(without)} of them mention no relationship and come first` : ""}.${listed.length < found.length ? ` This page carries ${whole(listed.length)} of them to read, a sample; the numbers count all.` : ""}`;
  $("texts-list").replaceChildren();
  $("texts-box").showModal();
  $("texts-title").focus();
  return showTexts();
}

async function showTexts() {
  const now = listed.slice(shownSoFar, shownSoFar + PAGE), list = $("texts-list"), mine = listed;
  shownSoFar += now.length;
  $("texts-more").hidden = shownSoFar >= listed.length;
  for (const text of now) {
    const told = await carried(text);
    if (mine !== listed) return;
    list.append(oneText(text, told));
  }
}

const chunks = new Map();
async function carried(text) {
  const rank = study.rank[text], number = Math.floor(rank / study.in_a_chunk);
  if (!chunks.has(number)) chunks.set(number, unpack(`chunk-${number}`));
  return (await chunks.get(number))[rank % study.in_a_chunk];
}

function oneText(text, [record, title, where, doi, url, sentences]) {
  const address = doi ? `https://doi.org/${encodeURIComponent(doi).replaceAll("%2F", "/")}` : /^https?:\/\//i.test(url) ? url : "";
  const heading = element("h3", { dir: "auto" });
  const words = title.length ? pieces(title) : ["(no title)"];
  if (address) heading.append(element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...words));
  else heading.append(...words);
  const related = texts.related[text] === "1";
  const about = [texts.year[text] || "", where, doi ? `doi:${doi}` : record].filter(Boolean).join(" · ");
  const telling = (s) => s.some((p) => typeof p !== "string" && p.slice(1).some((c) => asked.includes(c) || study.concepts[c].facet === "relationship"));
  const quote = (s) => element("blockquote", { dir: "auto" }, ...pieces(s));
  const others = asked.length ? sentences.filter((s) => !telling(s)) : [];
  return element("li", {}, heading,
    element("p", { className: "where", dir: "auto" }, `${about}  `, element("span", { className: related ? "badge yes" : "badge", textContent: related ? "mentions a relationship" : "mentions no relationship" })),
    ...sentences.filter((s) => !others.includes(s)).map(quote),
    ...(others.length ? [element("details", {}, element("summary", { textContent: `${others.length} more ${others.length === 1 ? "sentence" : "sentences"} with a mention` }), ...others.map(quote))] : []));
}

function pieces(sentence) {
  return sentence.map((piece) => {
    if (typeof piece === "string") return piece;
    const [words, ...concepts] = piece, names = concepts.map(label).join(", ");
    const kind = concepts.some((c) => study.concepts[c].facet === "relationship") ? "relationship" : "";
    const mark = element("mark", { className: kind, title: names }, words);
    if (concepts.some((c) => asked.includes(c))) mark.append(element("small", { textContent: names }));
    return mark;
  });
}

/* ---- choosing ---- */

function options(select, pairs) {
  select.replaceChildren(...pairs.map(([value, name]) => element("option", { value, textContent: name })));
}

function chosenWords() {
  const parts = [UNITS[state.corpus][1]];
  if (state.from) parts.push(`${state.from} to ${state.to}`);
  if (state.setting >= 0) parts.push(label(state.setting));
  if (state.orientation) parts.push(`${state.orientation} strategies`);
  return parts.join(", ");
}

function readState() {
  const years = study.years, [from, to] = [Number($("from").value), Number($("to").value)];
  const some = years.length && (from > years[0] || to < years.at(-1));
  state = {
    corpus: Number($("corpus").value), from: some ? Math.min(from, to) : 0, to: some ? Math.max(from, to) : 0,
    setting: Number($("setting").value), orientation: $("orientation").value, across: $("across").value, measure: $("measure").value, roleOf: Number($("role-of").value),
  };
}

function render() {
  readState();
  counts = count(state.corpus);
  const of = $("trend-of").value || "all";
  options($("trend-of"), [["all", "any strategy"], ...rowsAsked().map((s) => [s, label(s)])]);
  $("trend-of").value = of;
  if (!$("trend-of").value) $("trend-of").value = "all";
  $("chosen").textContent = counts.all.n ? `Counted: ${chosenWords()}. ${allSays()}` : `Counted: ${chosenWords()}. No text names a strategy.`;
  drawSilences(); drawAnswers(); drawMissing();
  Object.keys(FIGURES).forEach(draw);
}

function draw(id) {
  if (!plots[id]) return;
  FIGURES[id].draw();
  refreshTable(id);
}

function prepare() {
  const order = study.concepts.map((_, c) => c).sort((a, b) => study.concepts[a].cluster.localeCompare(study.concepts[b].cluster) || study.concepts[a].label.localeCompare(study.concepts[b].label));
  study.place = [];
  order.forEach((c, place) => { study.place[c] = place; });
  study.crossed = new Map();
  study.silences = new Map(study.silences.map(([a, b, corpus, both, expected, q, verdictNumber, kindNumber, without]) => {
    const row = { a, b, corpus, both, expected, q, verdict: study.verdicts[verdictNumber], kind: study.kinds[kindNumber], without };
    row.crossed = row.kind === "relational-transactional";
    if (row.crossed) for (const c of [a, b]) study.crossed.set(c, [...(study.crossed.get(c) || []), row]);
    return [`${a}|${b}|${corpus}`, row];
  }));
  let rank = 0;
  study.rank = Array.from(texts.carried, (c) => (c === "1" ? rank++ : -1));
  study.years = [...new Set(texts.year)].filter(Boolean).sort((a, b) => a - b);
  options($("corpus"), study.corpora.map((name) => [CORPORA.indexOf(name), name]));
  options($("from"), study.years.map((y) => [y, y]));
  options($("to"), study.years.map((y) => [y, y]));
  if (study.years.length) $("to").options[study.years.length - 1].defaultSelected = true;
  const ofFacet = (facet) => study.concepts.map((_, c) => c).filter((c) => study.concepts[c].facet === facet).sort((a, b) => study.place[a] - study.place[b]);
  options($("setting"), [[-1, "all"], ...ofFacet("setting").map((c) => [c, label(c)])]);
  options($("orientation"), [["", "all"], ["relational", "relational"], ["mixed", "mixed"], ["transactional", "transactional"]]);
  options($("across"), [["outcome", "outcomes"], ["setting", "settings"], ["determinant", "determinants"], ["actor", "actors"], ["year", "years"]]
    .filter(([facet]) => (facet === "year" ? study.years.length : ofFacet(facet).length)));
  options($("role-of"), [[-1, "anything"], ...ofFacet("outcome").map((c) => [c, label(c)])]);
  options($("names"), study.concepts.map((row) => [row.label, ""]));
  $("comparison-section").hidden = study.corpora.length < 2;
}

function listen() {
  $("filters").addEventListener("change", render);
  $("filters").addEventListener("reset", () => setTimeout(render));
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("across").addEventListener("change", render);
  $("role-of").addEventListener("change", render);
  $("measure").addEventListener("change", () => { readState(); draw("comparison"); });
  $("trend-of").addEventListener("change", () => draw("trend"));
  for (const id of Object.keys(TABLES)) $(`${id}-numbers`).addEventListener("toggle", () => refreshTable(id));
  $("find").addEventListener("change", find);
  $("zoom-in").addEventListener("click", () => zoom(0.7));
  $("zoom-out").addEventListener("click", () => zoom(1 / 0.7));
  $("zoom-all").addEventListener("click", zoomAll);
  $("texts-close").addEventListener("click", () => $("texts-box").close());
  $("texts-box").addEventListener("close", () => opener?.focus());
  $("texts-more").addEventListener("click", showTexts);
  for (const button of document.querySelectorAll("[data-save]")) button.addEventListener("click", () => saveFigure(button.dataset.save, button.dataset.as));
  let before = window.innerWidth;
  window.addEventListener("resize", later(() => { if (window.innerWidth !== before) { before = window.innerWidth; render(); } }));
}

function later(act) {
  let waiting = 0;
  return () => { clearTimeout(waiting); waiting = setTimeout(act, 60); };
}

/* Put one plot into the page and draw it; a press on it opens the texts behind what was pressed. */
async function embed(id) {
  const [view] = [...await Bokeh.embed.embed_item(study.plots[id], id)];
  views[id] = view;
  plots[id] = view.model;
  const { presses, act } = FIGURES[id], selected = source(presses).selected;
  selected.properties.indices.change.connect(() => {
    const key = keys[id][selected.indices[0]];
    if (key) { selected.indices = []; act(...key); }
  });
  draw(id);
  if (id === "graph") {
    source("graph-x").properties.end.change.connect(later(placeNames));
    zoomAll();
  }
}

async function saveFigure(id, kind) {
  if (id !== "flow") { save_as(await views[id].export(kind, true).to_blob(), `${id}.${kind}`); return; }
  const svg = new XMLSerializer().serializeToString($("flow").querySelector("svg"));
  const blob = new Blob([svg], { type: "image/svg+xml" });
  if (kind === "svg") { save_as(blob, "flow.svg"); return; }
  const image = new Image(), box = $("flow").querySelector("svg").viewBox.baseVal;
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = element("canvas", { width: 2 * box.width, height: 2 * box.height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((png) => save_as(png, "flow.png"));
}

async function begin() {
  [study, texts] = await Promise.all([unpack("study"), unpack("texts")]);
  prepare();
  if (window.innerWidth < 736) $("filter-box").open = false;
  render();
  listen();
  await embed("map");
  document.documentElement.dataset.ready = Math.round(performance.now());
  for (const id of Object.keys(FIGURES).slice(1)) await embed(id);
  document.documentElement.dataset.complete = Math.round(performance.now());
}

begin();
