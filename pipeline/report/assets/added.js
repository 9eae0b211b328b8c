/* Adding up counts that the page brings along, where the texts are too many for it to count: see
   report/counts.py. There is a part for each corpus and setting, unpacked when it is asked for. */

const added = new Map();

const isThere = (setting) => !study.counted || added.has(setting);

async function fetchCounts(setting) {
  const parts = CORPORA.map((_, corpus) => unpack(`counts-${corpus}-${setting}`));
  added.set(setting, await Promise.all(parts));
}

/* What `count` tells, from the counts of the years that are chosen. */
function addUp(corpus) {
  const { years } = study.counted;
  const { cell, size, yes, times } = added.get(state.setting)[corpus];
  const isAskedYear = years.map((year) => !state.from || (year >= state.from && year <= state.to));
  const told = { ...nothing(corpus), naming: new Map() };
  const met = new Map();
  let place = 0;
  let key = -1;
  let put = null;
  for (let row = 0; row < cell.length; row += 1) {
    place += cell[row];
    const next = Math.floor(place / years.length);
    if (next !== key) {
      key = next;
      put = putterOf(told, met, key);
    }
    const at = place - key * years.length;
    if (put && isAskedYear[at]) put([size[row], yes[row], times[row]], years[at]);
  }
  met.forEach((tally, pair) => told.pairs.set(pair, tally.n));
  return told;
}

/* Where the counts of a key belong in what is told; nothing where they are not asked for. */
function putterOf(told, met, key) {
  const { kinds, orientations } = study.counted;
  const [kind, start, length, isByOrientation] = kinds.findLast((one) => one[1] <= key);
  let at = key - start;
  if (isByOrientation) {
    if (orientations[Math.floor(at / length)] !== state.orientation) return null;
    at %= length;
  }
  const into = (map, name) => (documents) => put(told, map, name, documents);
  const strategyAt = (number) => study.strategies[number];
  if (kind === "all") {
    return (documents, year) => {
      told.all.put(documents, told.corpus);
      if (year) put(told, told.years, `all|${year}`, documents);
    };
  }
  if (kind === "clusters") return into(told.clusters, study.counted.clusters[at]);
  if (kind === "named") return into(told.named, at);
  if (kind === "pairs") return into(met, pairOf(...study.edges[at]));
  if (kind === "naming") return into(told.naming, strategyAt(at));
  if (kind === "roles") {
    const [outcome, role] = split(at, study.roles.length + 1);
    const asked = 1 + ofNumber("outcome").indexOf(state.roleOf);
    return outcome === asked ? (documents) => told.roles[role].put(documents, told.corpus) : null;
  }
  if (kind === "answers") {
    const [determinant, answer] = split(at, study.kinds_of_answer.length);
    const name = `${ofNumber("determinant")[determinant]}|${study.kinds_of_answer[answer]}`;
    return into(told.answers, name);
  }
  const determinantAt = (number) => [...study.fits.keys()][number];
  if (kind === "unfit") return into(told.misfits, `${determinantAt(at)}|`);
  if (kind === "misfits") {
    const [determinant, strategy] = split(at, study.strategies.length).map(Number);
    if (!isAsked(strategyAt(strategy))) return null;
    return into(told.misfits, `${determinantAt(determinant)}|${strategyAt(strategy)}`);
  }
  if (kind === "strategies") return putStrategy(told, strategyAt(at));
  const [strategy, column] = split(at, study.counted.columns.length);
  const concept = study.counted.columns[column];
  const isShown = isAsked(strategyAt(strategy)) && conceptAt(concept).facet === state.across;
  return isShown ? into(told.cells, `${strategyAt(strategy)}|${concept}`) : null;
}

function putStrategy(told, strategy) {
  if (!isAsked(strategy)) return null;
  return (documents, year) => {
    put(told, told.strategies, strategy, documents);
    if (!year) return;
    put(told, told.years, `${strategy}|${year}`, documents);
    if (state.across === "year") put(told, told.cells, `${strategy}|${year - (year % 5)}`, documents);
  };
}

const split = (number, by) => [Math.floor(number / by), number % by];

function put({ corpus }, map, key, documents) {
  if (!map.has(key)) map.set(key, new Tally());
  map.get(key).put(documents, corpus);
}

/* Of the texts with a strategy, those that name this one: documents that never do were not told of
   and are those that are left of all. */
function namingOfAll(c, strategy) {
  const named = c.naming.get(strategy) || new Tally();
  const tally = new Tally();
  tally.n = c.all.n;
  tally.yes = named.yes;
  const left = new Map();
  const leave = (sign) => ([size, , times]) => left.set(size, (left.get(size) || 0) + sign * times);
  [...c.all.documents.values()].forEach(leave(1));
  [...named.documents.values()].forEach(leave(-1));
  named.documents.forEach((document, key) => tally.documents.set(key, document));
  left.forEach((times, size) => times && tally.documents.set(`${size}|0`, [size, 0, times]));
  return tally;
}
