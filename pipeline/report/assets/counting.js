/* Counting the texts that a reader has chosen. Shares are over texts that name a strategy; the
   graph and the roles are over all texts. */

const everything = () => !state.from && state.setting < 0 && !state.orientation;
const names = (text, concept) => texts.codes[text].includes(concept);
const isRelated = (text) => texts.related[text] === "1";

function isAsked(concept) {
  const { facet, orientation } = conceptAt(concept);
  return facet === "strategy" && (!state.orientation || orientation === state.orientation);
}

function isChosen(text, corpus) {
  if (texts.corpus[text] !== String(corpus)) return false;
  const year = texts.year[text];
  if (state.from && (year < state.from || year > state.to)) return false;
  return state.setting < 0 || names(text, state.setting);
}

/* Whether a text is asked in what role it mentions a relationship. */
function hasRole(text) {
  if (!isRelated(text) || (state.roleOf >= 0 && !names(text, state.roleOf))) return false;
  return !state.orientation || texts.codes[text].some(isAsked);
}

const inRole = (text, bit) => (bit < 0 ? !texts.roles[text] : (texts.roles[text] >> bit) & 1);
const ofCorpus = (corpus) =>
  [...texts.codes.keys()].filter((text) => texts.corpus[text] === String(corpus));
const ofChosen = (corpus) => ofCorpus(corpus).filter((text) => isChosen(text, corpus));
const withStrategy = (corpus) => ofChosen(corpus).filter((text) => texts.codes[text].some(isAsked));

const pairOf = (a, b) => Math.min(a, b) * study.concepts.length + Math.max(a, b);

class Tally {
  n = 0;
  related = 0;

  add(related) {
    this.n += 1;
    this.related += related;
  }
}

function into(map, key, related) {
  if (!map.has(key)) map.set(key, new Tally());
  map.get(key).add(related);
}

/* Everything that the figures show of one corpus, in one pass over its texts. */
function count(corpus) {
  const told = {
    corpus,
    all: new Tally(),
    strategies: new Map(),
    clusters: new Map(),
    cells: new Map(),
    years: new Map(),
    named: new Map(),
    pairs: new Map(),
    roles: { total: 0, none: 0, each: study.roles.map(() => 0) },
  };
  for (let text = 0; text < texts.codes.length; text += 1) {
    if (!isChosen(text, corpus)) continue;
    const asked = texts.codes[text].filter(isAsked);
    if (hasRole(text)) countRoles(told.roles, text);
    if (asked.length || !state.orientation) countGraph(told, text);
    if (asked.length) countShares(told, text, asked);
  }
  return told;
}

function countShares(told, text, asked) {
  const related = Number(isRelated(text));
  const year = texts.year[text];
  const columns = columnsOf(text);
  told.all.add(related);
  if (year) into(told.years, `all|${year}`, related);
  for (const cluster of new Set(asked.map((c) => conceptAt(c).cluster))) {
    into(told.clusters, cluster, related);
  }
  for (const strategy of asked) {
    into(told.strategies, strategy, related);
    if (year) into(told.years, `${strategy}|${year}`, related);
    for (const column of columns) into(told.cells, `${strategy}|${column}`, related);
  }
}

function countGraph(told, text) {
  const codes = texts.codes[text];
  codes.forEach((one, place) => {
    into(told.named, one, Number(isRelated(text)));
    for (const other of codes.slice(place + 1)) {
      const pair = pairOf(one, other);
      told.pairs.set(pair, (told.pairs.get(pair) || 0) + 1);
    }
  });
}

function countRoles(roles, text) {
  roles.total += 1;
  roles.none += texts.roles[text] === 0;
  for (let bit = 0; bit < roles.each.length; bit += 1) roles.each[bit] += inRole(text, bit);
}

/* The columns of the gap map that a text stands in: concepts of a facet, or five years. */
function columnsOf(text) {
  const { across } = state;
  if (across !== "year") return texts.codes[text].filter((c) => conceptAt(c).facet === across);
  const year = texts.year[text];
  return year ? [year - (year % 5)] : [];
}

/* The interval of Wilson 1927. Passages of one document are not independent: for practice the
   page gives no interval but those of the gaps stage, which are of the whole corpus. */
function wilson(k, n, corpus) {
  if (!n || corpus !== 0) return [null, null];
  const z = 1.959963984540054;
  const p = k / n;
  const scale = 1 + (z * z) / n;
  const middle = (p + (z * z) / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/* A share of `k` in `n` with its interval: that of the gaps stage where all texts are chosen. */
function share(k, n, corpus, ...asked) {
  const told = everything() && study.intervals[[...asked, corpus].join("|")];
  const [low, high] = told || wilson(k, n, corpus);
  return { n, k, share: n ? k / n : null, low, high };
}

/* The share of a tally's texts that mention no relationship. */
function silence(tally, corpus, question, concept = "", by = "", value = "") {
  const { n, related } = tally || new Tally();
  return share(n - related, n, corpus, question, concept, by, value);
}

const ofAll = (c) => silence(c.all, c.corpus, "all");
const ofStrategy = (c, s) => silence(c.strategies.get(s), c.corpus, "strategy", idOf(s));
const ofCluster = (c, name) => silence(c.clusters.get(name), c.corpus, "cluster", name);

function ofCell(c, strategy, column) {
  const value = state.across === "year" ? `from ${column}` : idOf(column);
  const tally = c.cells.get(`${strategy}|${column}`);
  return silence(tally, c.corpus, "strategy", idOf(strategy), state.across, value);
}

function ofYear(c, strategy, year) {
  const tally = c.years.get(`${strategy}|${year}`);
  if (strategy === "all") return silence(tally, c.corpus, "year", String(year));
  return silence(tally, c.corpus, "strategy", idOf(strategy), "year", String(year));
}

/* The verdict on a pair; only where all texts are chosen, for it is about all of them. */
function verdict(a, b) {
  const row = study.silences.get(`${Math.min(a, b)}|${Math.max(a, b)}|${state.corpus}`);
  return row && everything() ? row.verdict : "";
}

const rowsAsked = () => [...counts.strategies.keys()].sort(inOrder);

function columnsAsked() {
  const found = [...new Set([...counts.cells.keys()].map((key) => Number(key.split("|")[1])))];
  if (state.across !== "year") {
    return found.sort(inOrder).map((key) => ({ key, name: label(key) }));
  }
  return found.sort((a, b) => a - b).map((key) => ({ key, name: `${key} to ${key + 4}` }));
}

function allSays() {
  const row = ofAll(counts);
  if (!row.n) return `No ${UNITS[state.corpus][0]} that you have chosen names a strategy.`;
  const told = [percent(row.share), sure(row)].filter(Boolean).join(", ");
  return `In ${whole(row.k)} of ${counted(row.n)} that name a strategy, no relationship is mentioned (${told}).`;
}
