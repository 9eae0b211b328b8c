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

/* Texts, and how many of them say yes: of passages also document by document, for those of one
   document are alike: [passages, those that say yes, how many documents are so]. A text that is no
   passage is a document of its own. */
class Tally {
  n = 0;
  yes = 0;
  documents = new Map();

  add(text, yes) {
    this.n += 1;
    this.yes += yes;
    if (!study.spread[texts.corpus[text]]) return;
    const key = texts.document[text] < 0 ? -1 - text : texts.document[text];
    const document = this.documents.get(key);
    if (!document) this.documents.set(key, [1, Number(yes), 1]);
    else {
      document[0] += 1;
      document[1] += yes;
    }
  }

  put([size, yes, times], corpus) {
    this.n += size * times;
    this.yes += yes * times;
    if (!study.spread[corpus]) return;
    const key = `${size}|${yes}`;
    const documents = this.documents.get(key);
    if (documents) documents[2] += times;
    else this.documents.set(key, [size, yes, times]);
  }
}

function into(map, key, text, yes) {
  if (!map.has(key)) map.set(key, new Tally());
  map.get(key).add(text, yes);
}

/* Everything that the figures show of one corpus. */
const count = (corpus) => (study.counted ? addUp(corpus) : countTexts(corpus));

function nothing(corpus) {
  return {
    corpus,
    all: new Tally(),
    strategies: new Map(),
    clusters: new Map(),
    cells: new Map(),
    years: new Map(),
    named: new Map(),
    pairs: new Map(),
    roles: [...study.roles, ""].map(() => new Tally()),
    answers: new Map(),
    misfits: new Map(),
  };
}

/* In one pass over the texts. */
function countTexts(corpus) {
  const told = nothing(corpus);
  for (let text = 0; text < texts.codes.length; text += 1) {
    if (!isChosen(text, corpus)) continue;
    const asked = texts.codes[text].filter(isAsked);
    countAnswers(told, text, asked);
    if (hasRole(text)) countRoles(told.roles, text);
    if (asked.length || !state.orientation) countGraph(told, text);
    if (asked.length) countShares(told, text, asked);
  }
  return told;
}

function countShares(told, text, asked) {
  const silent = !isRelated(text);
  const year = texts.year[text];
  const columns = columnsOf(text);
  told.all.add(text, silent);
  if (year) into(told.years, `all|${year}`, text, silent);
  for (const cluster of new Set(asked.map((c) => conceptAt(c).cluster))) {
    into(told.clusters, cluster, text, silent);
  }
  for (const strategy of asked) {
    into(told.strategies, strategy, text, silent);
    if (year) into(told.years, `${strategy}|${year}`, text, silent);
    for (const column of columns) into(told.cells, `${strategy}|${column}`, text, silent);
  }
}

function countGraph(told, text) {
  const codes = texts.codes[text];
  codes.forEach((one, place) => {
    into(told.named, one, text, !isRelated(text));
    for (const other of codes.slice(place + 1)) {
      const pair = pairOf(one, other);
      told.pairs.set(pair, (told.pairs.get(pair) || 0) + 1);
    }
  });
}

/* How many texts speak in each role, and, last, how many in none that was told. */
function countRoles(roles, text) {
  roles.forEach((tally, bit) => {
    tally.add(text, Boolean(inRole(text, bit < study.roles.length ? bit : -1)));
  });
}

/* With what strategies each determinant of a text is met; a relationship in the role of a strategy
   counts as a relational one. */
function countAnswers({ answers, misfits }, text, asked) {
  const met = texts.codes[text].filter((c) => conceptAt(c).facet === "determinant");
  if (!met.length || (state.orientation && !asked.length)) return;
  countMisfits(misfits, text, met, asked);
  const kind = answerOf(text, asked);
  for (const determinant of met) {
    for (const name of study.kinds_of_answer) {
      into(answers, `${determinant}|${name}`, text, name === kind);
    }
  }
}

/* Strategies that are asked for and named with a determinant that they do not fit; said of each is
   whether the text names none that fits. */
function countMisfits(misfits, text, met, asked) {
  if (!asked.length) return;
  for (const determinant of met.filter((c) => study.fits.has(c))) {
    const fitting = study.fits.get(determinant);
    const unmet = !texts.codes[text].some((c) => fitting.has(c));
    into(misfits, `${determinant}|`, text, unmet);
    for (const strategy of asked.filter((c) => !fitting.has(c))) {
      into(misfits, `${determinant}|${strategy}`, text, unmet);
    }
  }
}

function answerOf(text, asked) {
  const has = (side) => asked.some((c) => conceptAt(c).orientation === side);
  const warm = has("relational") || Boolean(inRole(text, study.roles.indexOf("strategy")));
  const cold = has("transactional");
  if (warm) return cold ? "both" : "relational only";
  if (cold) return "transactional only";
  return asked.length ? "neither" : "no strategy";
}

/* The columns of the gap map that a text stands in: concepts of a facet, or five years. */
function columnsOf(text) {
  const { across } = state;
  if (across !== "year") return texts.codes[text].filter((c) => conceptAt(c).facet === across);
  const year = texts.year[text];
  return year ? [year - (year % 5)] : [];
}

/* The share of a tally that says yes, with its interval: that of the gaps stage where all texts are
   chosen. */
function share(tally, corpus, ...asked) {
  const { n, yes: k, documents } = tally || new Tally();
  if (!n) return { n, k, share: null, low: null, high: null };
  const told = everything() && study.intervals[[...asked, corpus].join("|")];
  const spread = study.spread[corpus];
  const [low, high] = told || (spread ? clustered([...documents.values()], spread) : wilson(k, n));
  return { n, k, share: k / n, low, high };
}

/* The share of a tally's texts that mention no relationship. */
const silence = (tally, corpus, question, concept = "", by = "", value = "") =>
  share(tally, corpus, question, concept, by, value);

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
