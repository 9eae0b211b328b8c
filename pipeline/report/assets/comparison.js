/* Research against practice: a line for each strategy from its share in the one to the other. */

const SIDES = [
  { colour: VOICE, marker: "circle" },
  { colour: SILENCE, marker: "square" },
];

function drawComparison() {
  if (study.corpora.length < 2) return;
  const both = [0, 1].map((corpus) => (corpus === state.corpus ? counts : count(corpus)));
  const n = (c, s) => c.strategies.get(s)?.n || 0;
  const told = (c, s) => (state.measure === "unmentioned" ? ofStrategy(c, s) : naming(c, s));
  const rows = ofFacet("strategy")
    .filter((s) => isAsked(s) && both.some((c) => n(c, s)))
    .map((s) => ({ s, told: both.map((c) => told(c, s)), n: both.map((c) => n(c, s)) }))
    .map((row) => ({ ...row, values: row.told.map((one) => one.share) }))
    .sort((a, b) => (b.values[state.corpus] ?? -1) - (a.values[state.corpus] ?? -1));
  drawSides(rows);
  drawn.comparison = rows.map(({ s, told: [one, other], n: [research, practice] }) => {
    const known = one.share !== null && other.share !== null;
    const difference = known ? [other.share - one.share, ...newcombe(one, other)] : [null, null, null];
    return [label(s), research, one.share, practice, other.share, ...difference, ...odds(s), s];
  });
  $("comparison-says").textContent = comparisonSays(rows);
}

function drawSides(rows) {
  const width = Math.min(820, room("comparison"));
  const [left, right, top, step] = [12, width - 24, 60, 46];
  const highest = Math.max(0.01, ...rows.flatMap((row) => row.values.map((v) => v ?? 0)));
  const most = state.measure === "unmentioned" ? 1 : Math.min(1, Math.ceil(highest * 20) / 20);
  const x = (v) => left + ((right - left) * v) / most;
  const bottom = top + step * rows.length + 12;
  const lines = [];
  const dots = [];
  const labels = [];
  CORPORA.forEach((name, c) => {
    const place = left + 6 + 110 * c;
    dots.push({ ...SIDES[c], x: place, y: 14, size: 12, label: name, corpus: name });
    labels.push({ x: place + 12, y: 14, text: name, colour: INK });
  });
  rows.forEach(({ s, values, n }, place) => {
    const y = top + step * place + 30;
    const told = values.map(percent).join("  |  ");
    labels.push({ x: left, y: y - 17, text: fit(label(s), right - left - 110, 13), colour: INK });
    labels.push({ x: right - 86, y: y - 17, text: told, colour: QUIET });
    if (!values.includes(null)) lines.push({ x0: x(values[0]), x1: x(values[1]), y });
    values.forEach((v, c) => {
      if (v === null) return;
      const look = { ...SIDES[c], size: c === state.corpus ? 14 : 10 };
      const words = { label: label(s), corpus: CORPORA[c], share: percent(v), texts: whole(n[c]) };
      dots.push({ ...look, ...words, x: x(v), y, key: [s, c, n[c]] });
    });
  });
  const scale = [0, 0.25, 0.5, 0.75, 1].map((part) => part * most);
  size("comparison", width, bottom);
  fill(
    "comparison-scale",
    scale.map((v) => ({ x: x(v), top: top - 6, bottom, text: percent(v) })),
  );
  fill("comparison-lines", lines);
  fill("comparison-dots", dots);
  fill("comparison-labels", labels);
  keys.comparison = dots.map((dot) => dot.key);
}

/* The share of the texts with a strategy that name this one. */
function naming(c, strategy) {
  if (c.naming) return share(namingOfAll(c, strategy), c.corpus, "named", idOf(strategy));
  const named = c.strategies.get(strategy);
  const tally = new Tally();
  tally.n = c.all.n;
  tally.yes = named?.n || 0;
  for (const [key, [n]] of c.all.documents) {
    tally.documents.set(key, [n, named?.documents.get(key)?.[0] || 0, 1]);
  }
  return share(tally, c.corpus, "named", idOf(strategy));
}

/* The odds ratio of practice over research, stratified: of all texts only. */
function odds(strategy) {
  const told = everything() && study.contrasts[`${state.measure}|${idOf(strategy)}`];
  return told || Array(3).fill(null);
}

function comparisonSays(rows) {
  const enough = rows.filter(({ n }) => Math.min(...n) >= 5);
  if (!enough.length) return "No strategy is named by at least five texts of each corpus.";
  const apart = ({ told }) => {
    const [low, high] = newcombe(...told);
    return Math.max(low, -high);
  };
  const most = enough.reduce((a, b) => (apart(b) > apart(a) ? b : a));
  if (apart(most) <= 0) return "On no strategy can research and practice be said to differ.";
  const { s, values } = most;
  const [research, practice] = values.map(percent);
  return state.measure === "unmentioned"
    ? `Research and practice differ most surely on ${label(s)}: of the texts that name it, ${research} in ` +
        `research and ${practice} in practice mention no relationship.`
    : `Research and practice differ most surely on ${label(s)}: of the texts that name a strategy, ` +
        `${research} in research and ${practice} in practice name it.`;
}

const comparisonTable = () => ({
  caption:
    state.measure === "unmentioned"
      ? "Share of the texts that name a strategy and no relationship"
      : "Share of the texts that name the strategy",
  columns: [
    { name: "Strategy" },
    { name: "Research texts", show: whole, press: (row) => openConcepts([row.at(-1)], row[1], 0) },
    { name: "Research", show: percent },
    { name: "Practice passages", show: whole, press: (row) => openConcepts([row.at(-1)], row[3], 1) },
    { name: "Practice", show: percent },
    { name: "Practice less research", show: points },
    { name: "95% from", show: points },
    { name: "to", show: points },
    { name: "Odds ratio, stratified", show: decimals(2) },
    { name: "95% from", show: decimals(2) },
    { name: "to", show: decimals(2) },
  ],
  rows: drawn.comparison,
});
