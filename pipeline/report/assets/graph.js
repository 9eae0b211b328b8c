/* The co-occurrence graph, and the pairs that are silent or unwritten in it. */

const LOOKS = {
  relationship: { marker: "diamond", colour: SILENCE, edge: "white" },
  relational: { marker: "circle", colour: VOICE, edge: "white" },
  mixed: { marker: "triangle", colour: "#7b8794", edge: "white" },
  transactional: { marker: "square", colour: "#d98e04", edge: "white" },
  other: { marker: "circle", colour: "white", edge: QUIET },
};
const MOST_SILENT = 40;
const MOST_UNWRITTEN = 12;

function kindOf(concept) {
  const { facet, orientation } = conceptAt(concept);
  if (facet === "relationship") return facet;
  return facet === "strategy" && LOOKS[orientation] ? orientation : "other";
}

function drawGraph() {
  const shown = [...counts.named.keys()].filter(
    (c) => study.places[c] && (conceptAt(c).facet !== "strategy" || isAsked(c)),
  );
  const both = ({ a, b }) => shown.includes(a) && shown.includes(b);
  const met = study.edges
    .map(([a, b]) => ({ a, b, n: counts.pairs.get(pairOf(a, b)) || 0 }))
    .filter((link) => link.n && both(link));
  const silent = silencesAsked().filter((row) => row.crossed && both(row));
  const unwritten = missingAsked().filter(both);
  drawNodes(shown);
  drawLinks(met, silent.slice(0, MOST_SILENT), unwritten.slice(0, MOST_UNWRITTEN));
  drawn.graph = drawn.nodes.map((node) => {
    const near = met.filter(({ a, b }) => a === node.concept || b === node.concept);
    const most = near.sort((p, q) => q.n - p.n).slice(0, 3);
    const words = most.map(({ a, b, n }) => `${label(a === node.concept ? b : a)} (${n})`);
    return [node.label, node.kind, node.n, node.silent, words.join("; "), node.concept];
  });
  $("graph-says").textContent = graphSays(met, silent, unwritten);
}

function drawNodes(shown) {
  const most = Math.max(1, ...shown.map((c) => counts.named.get(c).n));
  drawn.nodes = shown
    .map((c) => {
      const { n, yes } = counts.named.get(c);
      const kind = kindOf(c) === "other" ? conceptAt(c).facet : kindOf(c);
      const [x, y] = study.places[c];
      const silent = yes / n;
      const told = { label: label(c), kind, texts: whole(n), share: percent(silent) };
      return {
        ...LOOKS[kindOf(c)],
        ...told,
        concept: c,
        x,
        y,
        n,
        silent,
        size: 7 + 24 * Math.sqrt(n / most),
      };
    })
    .sort((a, b) => b.n - a.n);
  fill("graph-nodes", drawn.nodes);
  fill("graph-found", []);
  keys.graph = drawn.nodes.map((node) => [node.concept, node.n]);
  placeNames();
}

function drawLinks(met, silent, unwritten) {
  const thickest = Math.max(1, ...met.map((link) => link.n));
  const ends = ({ a, b }) => {
    const [[x0, y0], [x1, y1]] = [study.places[a], study.places[b]];
    return { x0, y0, x1, y1 };
  };
  const look = ({ n }) => ({ width: 0.6 + (5 * n) / thickest, alpha: 0.12 + (0.3 * n) / thickest });
  fill(
    "graph-edges",
    met.map((link) => ({ ...ends(link), ...look(link) })),
  );
  fill("graph-missing", silent.map(ends));
  fill("graph-unwritten", unwritten.map(ends));
}

/* Names of as many nodes as fit without overlap, the most named first: below a node, above it, or
   at either side. */
function placeNames() {
  const [xs, ys] = [source("graph-x"), source("graph-y")];
  const [width, height] = [room("graph"), plots.graph.height];
  const at = drawn.nodes.map((node) => [
    ((node.x - xs.start) / (xs.end - xs.start)) * width,
    ((ys.end - node.y) / (ys.end - ys.start)) * height,
  ]);
  const taken = at.map(([x, y], place) => {
    const half = drawn.nodes[place].size / 2 - 1;
    return [x - half, y - half, x + half, y + half];
  });
  const isFree = (box) =>
    box[0] >= 0 &&
    box[1] >= 0 &&
    box[2] <= width &&
    box[3] <= height &&
    !taken.some((t) => t[0] < box[2] && box[0] < t[2] && t[1] < box[3] && box[1] < t[3]);
  const written = [];
  drawn.nodes.forEach((node, place) => {
    const [x, y] = at[place];
    const text = fit(node.label, 190, 12);
    const [half, gap] = [widthOf(text, 12) / 2 + 4, node.size / 2 + 9];
    const boxAt = ([dx, dy]) => [x + dx - half, y + dy - 8, x + dx + half, y + dy + 8];
    const side = gap + half - 6;
    const offsets = [[0, gap], [0, -gap], [side, 0], [-side, 0]]; // prettier-ignore
    const free = offsets.find((offset) => isFree(boxAt(offset)));
    if (!free) return;
    taken.push(boxAt(free));
    const colour = node.kind === "relationship" ? SILENCE : INK;
    written.push({ x: node.x, y: node.y, text, shift: free[0], offset: free[1], colour });
  });
  fill("graph-names", written);
}

function graphSays(met, silent, unwritten) {
  if (!met.length) return "No two concepts meet in the texts that you have chosen.";
  const top = met.reduce((a, b) => (b.n > a.n ? b : a));
  const dashed = Math.min(silent.length, MOST_SILENT);
  const dotted = Math.min(unwritten.length, MOST_UNWRITTEN);
  return [
    `${drawn.nodes.length} concepts and the ${met.length} strongest links between them.`,
    `${label(top.a)} and ${label(top.b)} are written about together most, in ${counted(top.n)}.`,
    dashed && `Dashed lines join the ${many(dashed, "pair")} that most surely meet less than chance.`,
    dotted &&
      `Dotted lines join ${many(dotted, "pair")} foretold by the graph that no text names together.`,
  ]
    .filter(Boolean)
    .join(" ");
}

const graphTable = () => ({
  caption: "Concepts, and what each meets most often",
  columns: [
    { name: "Concept" },
    { name: "Kind" },
    { name: "Texts", show: whole, press: (row) => openNode(row.at(-1), row[2]) },
    { name: "Without a relationship", show: percent },
    { name: "Meets most with" },
  ],
  rows: drawn.graph,
});

function zoom(factor, x, y) {
  const [xs, ys] = [source("graph-x"), source("graph-y")];
  const around = (range, middle = (range.start + range.end) / 2) => {
    const half = ((range.end - range.start) / 2) * factor;
    Object.assign(range, { start: middle - half, end: middle + half });
  };
  around(xs, x);
  around(ys, y);
}

function zoomAll() {
  if (!drawn.nodes.length) return;
  for (const axis of ["x", "y"]) {
    const at = drawn.nodes.map((node) => node[axis]);
    const [low, high] = [Math.min(...at), Math.max(...at)];
    const pad = (high - low) * 0.09 || 1;
    Object.assign(source(`graph-${axis}`), { start: low - pad, end: high + pad });
  }
}

function findConcept() {
  if (!plots.graph) return;
  const words = $("find").value.trim().toLowerCase();
  const named = (test) => words && drawn.nodes.find((node) => test(node.label.toLowerCase()));
  const node = named((name) => name === words) || named((name) => name.includes(words));
  fill("graph-found", node ? [{ x: node.x, y: node.y, size: node.size + 10 }] : []);
  if (!node) {
    const none = "No concept of this name is named in the texts that you have chosen.";
    $("found").textContent = words ? none : "";
    return;
  }
  const row = drawn.graph.find((one) => one.at(-1) === node.concept);
  const meets = row[4] ? ` Meets most with ${row[4]}.` : "";
  $("found").textContent = `${node.label}: ${counted(node.n)}.${meets}`;
  zoomAll();
  zoom(0.45, node.x, node.y);
}

const touchesAsked = ({ a, b }) => !state.orientation || isAsked(a) || isAsked(b);

/* Pairs of the corpus, relational with transactional first, those that lack most first. */
function pairsAsked(test) {
  const lacks = ({ expected, both }) => expected - both;
  return [...study.silences.values()]
    .filter((row) => row.corpus === state.corpus && touchesAsked(row) && test(row))
    .sort((p, q) => q.crossed - p.crossed || lacks(q) - lacks(p));
}

const isSilent = (row) => SILENT.includes(row.verdict);
const isSilentByFacet = (row) => SILENT.includes(row.byFacet);
const silencesAsked = () => pairsAsked(isSilent);

function drawSilences() {
  const rows = pairsAsked((row) => isSilent(row) || isSilentByFacet(row));
  const [silent, byFacet] = [rows.filter(isSilent), rows.filter(isSilentByFacet)];
  const crossed = (some) => whole(some.filter((row) => row.crossed).length);
  $("silences-says").textContent =
    `${many(silent.length, "pair")} of concepts can be said to meet in fewer ${unitsHere()} than ` +
    "how often each is named, and how many concepts a text names, would have it. Of these, " +
    `${crossed(silent)} join a relational and a transactional concept. Where a text also keeps ` +
    "how many strategies, outcomes and so on it names, so that one subject does not hide in " +
    `another, ${many(byFacet.length, "pair")} can, and ${crossed(byFacet)} of them join the two. ` +
    `The tests concern all ${unitsHere()}: choosing texts does not change them.`;
  const openPair = (row) => {
    const pair = row.slice(-2);
    const found = ofCorpus(state.corpus).filter((text) => pair.every((c) => names(text, c)));
    openTexts(pair.map(label).join(" and "), found, pair, row[3]);
  };
  table($("silences"), {
    file: "silences",
    caption: "Silent pairs, relational with transactional first, then by how many texts lack",
    columns: [
      { name: "One concept" },
      { name: "Other concept" },
      { name: "Kind" },
      { name: "Texts with both", show: whole, press: openPair },
      { name: "Expected", show: decimals(1) },
      { name: "Verdict" },
      { name: "Verdict, facets kept" },
      { name: "Expected, facets kept", show: decimals(1) },
      { name: "Ratio", show: decimals(2) },
      { name: "q", show: probability },
      { name: "Would not stand without", brief: someOf },
    ],
    rows: rows.map((row) => [
      label(row.a),
      label(row.b),
      row.kind,
      row.both,
      row.expected,
      row.verdict,
      row.byFacet,
      row.expectedByFacet,
      row.expected ? row.both / row.expected : null,
      row.q,
      row.without,
      row.a,
      row.b,
    ]),
  });
}

/* The first two of several things that are separated by bars, and how many more there are. */
function someOf(words) {
  const short = (thing) => (thing.length > 48 ? `${thing.slice(0, 47)}…` : thing);
  const things = words.split(" | ").filter(Boolean);
  const more = things.length > 2 ? ` and ${things.length - 2} more` : "";
  return things.slice(0, 2).map(short).join("; ") + more;
}

const missingAsked = () =>
  study.missing.filter((row) => row.corpus === state.corpus && touchesAsked(row));

/* Pairs that the graph foretells and no text names together, with the nearest texts to read. */
function drawMissing() {
  const rows = missingAsked();
  $("missing-section").hidden = !study.missing.length;
  $("missing-says").textContent = rows.length
    ? "Both concepts of such a pair are written about, and with much the same others, yet no " +
      `${UNITS[state.corpus][0]} names them together. ${label(rows[0].a)} with ` +
      `${label(rows[0].b)} comes first. The texts that come nearest to either side can be read.`
    : `There is no such pair among the ${unitsHere()} that you have chosen.`;
  const near = (side) => (shown) => {
    const { a, b, near_a: nearA, near_b: nearB } = shown.at(-1);
    const [one, other, found] = side === "a" ? [a, b, nearA] : [b, a, nearB];
    openTexts(`${label(one)}, near to ${label(other)}`, found, [one], found.length);
  };
  table($("missing"), {
    file: "missing",
    caption: "Unwritten pairs, the best foretold first",
    columns: [
      { name: "One concept" },
      { name: "Other concept" },
      { name: "Texts", show: whole },
      { name: "Texts of other", show: whole },
      { name: "Allocation", show: decimals(2) },
      { name: "Expected", show: decimals(1) },
      { name: "Near one", show: whole, press: near("a") },
      { name: "Near other", show: whole, press: near("b") },
    ],
    rows: rows.map((row) => [
      label(row.a),
      label(row.b),
      row.n_a,
      row.n_b,
      row.resource_allocation,
      row.expected,
      row.near_a.length,
      row.near_b.length,
      row,
    ]),
  });
}
