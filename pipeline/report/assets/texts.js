/* The texts behind a number: listed in a dialog, each with its sentences and their mentions. */

const PAGE = 20;
const chunks = new Map();
let listed = [];
let shownSoFar = 0;
let askedFor = [];
let opener = null;

/* Each opens the texts behind a number, n: the page may carry only a sample of them. */
function openConcepts(concepts, n, corpus = state.corpus) {
  const found = withStrategy(corpus).filter((text) => concepts.every((c) => names(text, c)));
  openTexts(concepts.map(label).join(" and "), found, concepts, n, corpus);
}

const openMisfit = ({ c, s, n }) => openConcepts(s < 0 ? [c] : [c, s], n);

function openNode(concept, n) {
  const base = state.orientation ? withStrategy(state.corpus) : ofChosen(state.corpus);
  openTexts(
    label(concept),
    base.filter((text) => names(text, concept)),
    [concept],
    n,
  );
}

function openCell(strategy, column, n) {
  if (state.across !== "year") {
    openConcepts([strategy, column], n);
    return;
  }
  const inColumn = (text) => names(text, strategy) && columnsOf(text).includes(column);
  const found = withStrategy(state.corpus).filter(inColumn);
  openTexts(`${label(strategy)}, ${column} to ${column + 4}`, found, [strategy], n);
}

function openYear(of, year, n) {
  const any = of === "all";
  const inYear = (text) => texts.year[text] === year && (any || names(text, of));
  const found = withStrategy(state.corpus).filter(inYear);
  openTexts(`${any ? "Any strategy" : label(of)}, ${year}`, found, any ? [] : [of], n);
}

function openRole(bit, role, n) {
  const found = ofChosen(state.corpus).filter((text) => hasRole(text) && inRole(text, bit));
  openTexts(`A relationship as ${role}`, found, ofFacet("relationship"), n);
}

/* List the texts found of n, those without a relationship first; mentions of `concepts` are named. */
function openTexts(title, found, concepts, n, corpus = state.corpus) {
  const without = found.filter((text) => !isRelated(text)).length;
  const silentFirst = (a, b) => isRelated(a) - isRelated(b) || texts.year[b] - texts.year[a];
  listed = found.filter((text) => study.rank[text] >= 0).sort(silentFirst);
  askedFor = concepts;
  shownSoFar = 0;
  opener = document.activeElement;
  const number = found.length < n ? "those that" : `${whole(without)} of them`;
  const first = without ? `; ${number} mention no relationship ${found.length < n ? "" : "and "}come first` : "";
  const sample =
    listed.length < n ? ` This page carries ${whole(listed.length)} of them to read, a sample.` : "";
  $("texts-title").textContent = title;
  $("texts-says").textContent = `${counted(n, corpus)}${first}.${sample}`;
  $("texts-list").replaceChildren();
  $("texts-box").showModal();
  $("texts-title").focus();
  return showTexts();
}

async function showTexts() {
  const now = listed.slice(shownSoFar, shownSoFar + PAGE);
  const mine = listed;
  shownSoFar += now.length;
  $("texts-more").hidden = shownSoFar >= listed.length;
  for (const text of now) {
    const told = await carried(text);
    if (mine !== listed) return;
    $("texts-list").append(oneText(text, told));
  }
}

async function carried(text) {
  const rank = study.rank[text];
  const number = Math.floor(rank / study.in_a_chunk);
  if (!chunks.has(number)) chunks.set(number, unpack(`chunk-${number}`));
  return (await chunks.get(number))[rank % study.in_a_chunk];
}

function oneText(text, [record, title, where, doi, url, sentences]) {
  const heading = element("h3", { dir: "auto" });
  const words = title.length ? pieces(title) : ["(no title)"];
  const href = addressOf(doi, url);
  const link = { href, target: "_blank", rel: "noopener noreferrer" };
  heading.append(...(href ? [element("a", link, ...words)] : words));
  const about = [texts.year[text] || "", where, doi ? `doi:${doi}` : record].filter(Boolean);
  const badge = isRelated(text)
    ? element("span", { className: "badge yes", textContent: "mentions a relationship" })
    : element("span", { className: "badge", textContent: "mentions no relationship" });
  const place = element("p", { className: "where", dir: "auto" }, `${about.join(" · ")}  `, badge);
  return element("li", {}, heading, place, ...quotes(sentences));
}

function addressOf(doi, url) {
  if (doi) return `https://doi.org/${encodeURIComponent(doi).replaceAll("%2F", "/")}`;
  return /^https?:\/\//i.test(url) ? url : "";
}

/* The sentences that mention what was asked for or a relationship; the others can be opened. */
function quotes(sentences) {
  const matters = (c) => askedFor.includes(c) || conceptAt(c).facet === "relationship";
  const telling = (s) =>
    s.some((piece) => typeof piece !== "string" && piece.slice(1).some(matters));
  const quote = (s) => element("blockquote", { dir: "auto" }, ...pieces(s));
  const others = askedFor.length ? sentences.filter((s) => !telling(s)) : [];
  const first = sentences.filter((s) => !others.includes(s)).map(quote);
  if (!others.length) return first;
  const noun = others.length === 1 ? "sentence" : "sentences";
  const summary = element("summary", {
    textContent: `${others.length} more ${noun} with a mention`,
  });
  return [...first, element("details", {}, summary, ...others.map(quote))];
}

/* The pieces of a sentence; what was asked for is named where its mention ends. */
function pieces(sentence) {
  return sentence.map((piece, place) => {
    if (typeof piece === "string") return piece;
    const [words, ...concepts] = piece;
    const next = sentence[place + 1];
    const goesOn = (c) => Array.isArray(next) && next.slice(1).includes(c);
    const named = concepts.filter((c) => askedFor.includes(c) && !goesOn(c));
    const kind = concepts.some((c) => conceptAt(c).facet === "relationship") ? "relationship" : "";
    const title = concepts.map(label).join(", ");
    const mark = element("mark", { className: kind, title }, words);
    if (named.length) mark.append(element("small", { textContent: named.map(label).join(", ") }));
    return mark;
  });
}
