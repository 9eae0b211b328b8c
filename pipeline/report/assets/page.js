/* What a reader chooses, and the page as a whole. */

const FIGURES = {
  map: { draw: drawMap, presses: "map-cells", act: openCell },
  comparison: {
    draw: drawComparison,
    presses: "comparison-dots",
    act: (strategy, corpus, n) => openConcepts([strategy], n, corpus),
  },
  trend: { draw: drawTrend, presses: "trend-dots", act: openYear },
  roles: { draw: drawRoles, presses: "roles-bars", act: openRole },
  graph: { draw: drawGraph, presses: "graph-nodes", act: openNode },
};

const TABLES = {
  map: mapTable,
  comparison: comparisonTable,
  trend: trendTable,
  roles: rolesTable,
  graph: graphTable,
  flow: () => ({
    caption: "Entries by step",
    columns: [{ name: "Step" }, { name: "Entries", show: whole }],
    rows: study.flow,
  }),
};

function chosenWords() {
  const parts = [unitsHere()];
  if (state.from) parts.push(`${state.from} to ${state.to}`);
  if (state.setting >= 0) parts.push(label(state.setting));
  if (state.orientation) parts.push(`${state.orientation} strategies`);
  return parts.join(", ");
}

function readState() {
  const { years } = study;
  const [from, to] = [Number($("from").value), Number($("to").value)];
  const some = years.length && (from > years[0] || to < years.at(-1));
  state = {
    corpus: Number($("corpus").value),
    from: some ? Math.min(from, to) : 0,
    to: some ? Math.max(from, to) : 0,
    setting: Number($("setting").value),
    orientation: $("orientation").value,
    across: $("across").value,
    measure: $("measure").value,
    roleOf: Number($("role-of").value),
  };
}

/* Draw everything anew, once the counts that are asked for are there. */
async function render() {
  const asked = () => Number($("setting").value);
  while (!isThere(asked())) {
    $("main").ariaBusy = true;
    await fetchCounts(asked());
  }
  $("main").ariaBusy = false;
  readState();
  counts = count(state.corpus);
  const of = $("trend-of").value;
  options($("trend-of"), [["all", "any strategy"], ...rowsAsked().map((s) => [s, label(s)])]);
  if ([...$("trend-of").options].some((option) => option.value === of)) $("trend-of").value = of;
  $("chosen").textContent = `Counted: ${chosenWords()}. ${allSays()}`;
  drawSilences();
  drawAnswers();
  drawMisfits();
  drawMissing();
  Object.keys(FIGURES).forEach(draw);
}

/* Turn lists into what is looked up often, and fill the choices. */
function prepare() {
  const byPlace = (a, b) => a.cluster.localeCompare(b.cluster) || a.label.localeCompare(b.label);
  const sorted = [...study.concepts].sort(byPlace);
  study.order = study.concepts.map((concept) => sorted.indexOf(concept));
  let rank = 0;
  study.rank = Array.from(texts.carried, (digit) => (digit === "1" ? rank++ : -1));
  const years = study.counted ? study.counted.years : [...new Set(texts.year)];
  study.years = years.filter(Boolean).sort((a, b) => a - b);
  study.strategies = ofNumber("strategy");
  study.crossed = new Map();
  study.fits = new Map(study.fits.map(([c, fitting]) => [c, new Set(fitting)]));
  const silences = study.silences.map(([a, b, corpus, both, expected, q, ...told]) => {
    const [verdict, kind, without, expectedByFacet, byFacet] = told;
    const row = { a, b, corpus, both, expected, q, without, expectedByFacet };
    row.verdict = study.verdicts[verdict];
    row.byFacet = byFacet === null ? null : study.verdicts[byFacet];
    row.kind = study.kinds[kind];
    row.crossed = row.kind === "relational-transactional";
    for (const c of row.crossed ? [a, b] : []) {
      study.crossed.set(c, [...(study.crossed.get(c) || []), row]);
    }
    return [`${a}|${b}|${corpus}`, row];
  });
  study.silences = new Map(silences);
  fillChoices();
}

function fillChoices() {
  const listOf = (facet) => ofFacet(facet).map((c) => [c, label(c)]);
  const years = study.years.map((year) => [year, year]);
  const columns = ["outcome", "setting", "determinant", "actor"].filter((f) => ofFacet(f).length);
  options(
    $("corpus"),
    study.corpora.map((name) => [CORPORA.indexOf(name), name]),
  );
  options($("from"), years);
  options($("to"), years);
  if (years.length) $("to").options[years.length - 1].defaultSelected = true;
  const isCounted = ([c]) => !study.counted || study.counted.settings.includes(c);
  options($("setting"), [[-1, "all"], ...listOf("setting").filter(isCounted)]);
  const kinds = ["relational", "mixed", "transactional"];
  options($("orientation"), [["", "all"], ...kinds.map((kind) => [kind, kind])]);
  options($("across"), [
    ...columns.map((facet) => [facet, `${facet}s`]),
    ...(years.length ? [["year", "years"]] : []),
  ]);
  options($("role-of"), [[-1, "anything"], ...listOf("outcome")]);
  options(
    $("names"),
    study.concepts.map((concept) => [concept.label, ""]),
  );
  $("comparison-section").hidden = study.corpora.length < 2;
}

function listen() {
  const on = (id, event, act) => $(id).addEventListener(event, act);
  on("filters", "change", render);
  on("filters", "reset", () => setTimeout(render));
  on("filters", "submit", (event) => event.preventDefault());
  on("across", "change", render);
  on("role-of", "change", render);
  on("measure", "change", () => {
    state.measure = $("measure").value;
    draw("comparison");
  });
  on("trend-of", "change", () => draw("trend"));
  for (const id of Object.keys(TABLES)) on(`${id}-numbers`, "toggle", () => refreshTable(id));
  on("find", "change", findConcept);
  on("zoom-in", "click", () => zoom(0.7));
  on("zoom-out", "click", () => zoom(1 / 0.7));
  on("zoom-all", "click", zoomAll);
  on("texts-close", "click", () => $("texts-box").close());
  on("texts-box", "close", () => opener?.focus());
  on("texts-more", "click", showTexts);
  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => saveFigure(button.dataset.save, button.dataset.as));
  }
  let width = window.innerWidth;
  const resized = () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    render();
  };
  window.addEventListener("resize", later(resized));
}

async function begin() {
  [study, texts] = await Promise.all([unpack("study"), unpack("texts")]);
  prepare();
  if (window.innerWidth < 736) $("filter-box").open = false;
  await render();
  listen();
  const [first, ...others] = Object.keys(FIGURES);
  await embed(first);
  document.documentElement.dataset.ready = Math.round(performance.now());
  for (const id of others) await embed(id);
  source("graph-x").properties.end.change.connect(later(placeNames));
  zoomAll();
  document.documentElement.dataset.complete = Math.round(performance.now());
}

begin().catch((error) => {
  $("chosen").textContent =
    `The figures could not be drawn (${error.message}). A browser of 2023 or later is needed; ` +
    "all numbers are also in the tables beside this file.";
  throw error;
});
