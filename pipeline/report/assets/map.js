/* The gap map: a line for each strategy, a cell for each column, measured in pixels. */

const LINE = 27;
const RULER = 120;
const TILT = Math.PI / 5;

const bubble = (n, most) => Math.max(3, 22 * Math.sqrt(n / most));

function drawMap() {
  const rows = rowsAsked();
  const columns = columnsAsked();
  const most = Math.max(1, ...[...counts.cells.values()].map((tally) => tally.n));
  const at = placesOfMap(columns, most);
  const marks = { lines: [], dots: [], labels: [], names: [], notes: [], cells: [] };
  marks.note = (x, y, text, more = {}) =>
    marks.notes.push({ x, y, text, colour: INK, angle: 0, size: "12px", ...more });
  drawHead(marks, at, columns);
  let y = at.head;
  let cluster = null;
  for (const strategy of rows) {
    if (conceptAt(strategy).cluster !== cluster) {
      ({ cluster } = conceptAt(strategy));
      y += LINE + (y > at.head ? 8 : 0);
      drawCluster(marks, at, cluster, y, columns.length);
    }
    y += LINE;
    drawStrategy(marks, at, strategy, y - LINE / 2);
    columns.forEach((column, place) => {
      marks.cells.push(cell(at, strategy, column, at.cells + at.cell * place, y - LINE / 2, most));
    });
  }
  if (at.forest && counts.all.n) {
    const x = at.forest + RULER * ofAll(counts).share;
    marks.lines.push(line(x, at.head - 2, x, y, QUIET, "dashed"));
  }
  const foot = drawKey(marks, y + 26, most, Boolean(at.forest));
  size("map", Math.max(room("map") - 2, at.cells + at.cell * columns.length + 62), foot);
  for (const part of ["lines", "dots", "labels", "names", "notes", "cells"]) {
    fill(`map-${part}`, marks[part]);
  }
  keys.map = marks.cells.map((one) => one.key);
  $("map-says").textContent = mapSays(rows);
}

/* Where the parts of a line stand; a narrow screen has no room for the intervals. */
function placesOfMap(columns, most) {
  const wide = room("map") >= 720;
  const at = wide
    ? { label: 328, count: 377, forest: 392, share: 518, pairs: 566, cells: 612 }
    : { label: 140, count: 186, forest: null, share: 194, pairs: null, cells: 240 };
  const spare = wide ? (room("map") - at.cells - 64) / Math.max(1, columns.length) : 0;
  const longest = Math.max(20, ...columns.map(({ name }) => Math.min(165, widthOf(name, 12))));
  at.cell = Math.max(40 + widthOf(whole(most), 12), Math.min(100, spare));
  at.head = 44 + Math.sin(TILT) * longest;
  return at;
}

function line(x0, y0, x1, y1, colour, dash = "solid", width = 1) {
  return { x0, y0, x1, y1, colour, dash, width };
}

function drawHead({ note }, at, columns) {
  const y = at.head - 12;
  const quiet = { colour: QUIET };
  note(at.count - widthOf("texts", 12), y, "texts", quiet);
  if (at.forest) {
    note(at.forest, y - 16, "share without a relationship", quiet);
    note(at.forest, y, "0%", quiet);
    note(at.forest + RULER - widthOf("100%", 12), y, "100%", quiet);
    note(at.pairs - 6, y - 16, "silent", quiet);
    note(at.pairs - 6, y, "pairs", quiet);
  }
  columns.forEach(({ name }, place) => {
    note(at.cells + at.cell * place + 14, y, fit(name, 165, 12), { angle: TILT });
  });
}

function drawCluster(marks, at, cluster, y, columns) {
  const row = ofCluster(counts, cluster);
  const middle = y - LINE / 2;
  const bold = (x, text, size) =>
    marks.names.push({ x, y: middle, text, colour: INK, angle: 0, size });
  bold(4, fit(cluster, at.label - 4, 13), "13px");
  bold(at.count - widthOf(whole(row.n), 13), whole(row.n), "12px");
  bold(at.share + 36 - widthOf(percent(row.share), 13), percent(row.share), "12px");
  marks.lines.push(line(4, y, at.cells + at.cell * columns, y, RULE));
  drawShare(marks, at, row, middle, "diamond", 14);
}

function drawStrategy(marks, at, strategy, y) {
  const row = ofStrategy(counts, strategy);
  const plain = (x, text) => marks.labels.push({ x, y, text, colour: INK, angle: 0, size: "12px" });
  plain(at.label, fit(label(strategy), at.label - 6, 12));
  plain(at.count, whole(row.n));
  plain(at.share + 36, percent(row.share));
  drawShare(marks, at, row, y, "circle", 9);
  const [silent, testable] = silentPairs(strategy);
  if (at.pairs && testable) {
    const words = silent ? `▼ ${silent}/${testable}` : `0/${testable}`;
    marks.note(at.pairs - 6, y, words, { colour: silent ? SILENCE : QUIET });
  }
}

function drawShare(marks, at, row, y, marker, size) {
  if (!at.forest || row.share === null) return;
  const x = (part) => at.forest + RULER * part;
  if (row.low !== null) marks.lines.push(line(x(row.low), y, x(row.high), y, INK, "solid", 1.5));
  marks.dots.push({ x: x(row.share), y, colour: shade(row.share), marker, size });
}

function cell(at, strategy, { key, name }, x, y, most) {
  const row = ofCell(counts, strategy, key);
  const found = state.across === "year" ? "" : verdict(strategy, key);
  const untestable = found === "untestable";
  const empty = { size: untestable ? 2 : 6, colour: untestable ? QUIET : "white", edge: QUIET };
  const full = row.n && { size: bubble(row.n, most), colour: shade(row.share), edge: INK };
  return {
    ...(full || empty),
    x: x + at.cell / 2,
    y,
    width: at.cell,
    height: LINE,
    bubble: x + 14,
    number: x + 28,
    corner: x + at.cell - 4,
    count: whole(row.n),
    ink: row.n ? INK : QUIET,
    mark: SILENT.includes(found) ? "▼" : "",
    strategy: label(strategy),
    column: name,
    texts: whole(row.n),
    share: row.n ? withInterval(row) : "–",
    verdict: found,
    key: [strategy, key, row.n],
  };
}

/* The key below the map, so that a saved figure can be read alone. Returns where it ends. */
function drawKey({ dots, note }, y, most, wide) {
  SHADES.forEach((colour, i) =>
    dots.push({ x: 10 + 11 * i, y, colour, marker: "square", size: 11 }),
  );
  note(12 + 11 * SHADES.length, y, "0% to 100% of texts mention no relationship");
  let x = 16;
  for (const n of new Set([most, Math.max(1, Math.round(most / 4)), 1])) {
    dots.push({ x, y: y + 30, colour: "white", marker: "circle", size: bubble(n, most) });
    note(x + 15, y + 30, whole(n));
    x += 40 + widthOf(whole(n), 12);
  }
  note(x, y + 30, "texts, by area");
  const tests = [
    "▼ in fewer texts than how often each is named implies (false-discovery rate " +
      `${percent(study.false_discovery_rate)})`,
    wide && "▼ 2/5: of 5 testable pairs with a concept of the other orientation, 2 are silent so",
    "small dot: no text, and too few to tell silence from chance",
  ];
  const hidden = ["Tests against chance concern all texts and are hidden while some are chosen."];
  const words = [
    ...(everything() ? tests : hidden),
    wide && "◆ cluster   ● strategy   ┆ all texts",
    `Counted: ${chosenWords()}.`,
    study.notice,
  ];
  let bottom = y + 34;
  for (const one of words.filter(Boolean)) {
    bottom += 22;
    note(4, bottom, one, { colour: one.startsWith("▼") ? SILENCE : QUIET });
  }
  return bottom + 18;
}

/* Of a strategy's pairs with the other orientation: how many are silent, how many testable. */
function silentPairs(strategy) {
  if (!everything()) return [0, 0];
  const rows = (study.crossed.get(strategy) || []).filter((row) => row.corpus === state.corpus);
  const of = (test) => rows.filter((row) => test(row.verdict)).length;
  return [of((v) => SILENT.includes(v)), of((v) => v !== "untestable")];
}

function mapSays(rows) {
  const told = rows.map((s) => [s, ofStrategy(counts, s)]).filter(([, row]) => row.n >= 5);
  if (told.length < 2) return allSays();
  const one = ([s, row]) => `${label(s)} (${percent(row.share)} of ${whole(row.n)}, ${sure(row)})`;
  const most = told.reduce((a, b) => (b[1].low > a[1].low ? b : a));
  const least = told.reduce((a, b) => (b[1].high < a[1].high ? b : a));
  return (
    `Relationships go unmentioned most surely in texts that name ${one(most)}, and least in those ` +
    `that name ${one(least)}.`
  );
}

function mapTable() {
  const columns = columnsAsked();
  const first = 6;
  return {
    caption:
      `Strategies by ${$("across").selectedOptions[0].textContent}: texts that name both, ` +
      "and the share of them without a relationship",
    columns: [
      { name: "Strategy" },
      { name: "Cluster" },
      { name: "Texts", show: whole, press: (row) => openConcepts([row.at(-1)], row[2]) },
      { name: "Without a relationship", show: percent },
      { name: "95% from", show: percent },
      { name: "to", show: percent },
      ...columns.flatMap(({ key, name }, place) => [
        {
          name,
          show: whole,
          press: (row) => openCell(row.at(-1), key, row[first + 2 * place]),
          spoken: (row) =>
            `${counted(row[first + 2 * place])} with ${row[0]} and ${name}; ` +
            `${percent(row[first + 2 * place + 1])} mention no relationship: list them`,
          marked: (row) => state.across !== "year" && SILENT.includes(verdict(row.at(-1), key)),
        },
        { name: "without", show: percent },
      ]),
    ],
    rows: rowsAsked().map((s) => {
      const all = ofStrategy(counts, s);
      const cells = columns.map(({ key }) => ofCell(counts, s, key));
      const numbers = cells.flatMap((one) => [one.n, one.share]);
      return [label(s), conceptAt(s).cluster, all.n, all.share, all.low, all.high, ...numbers, s];
    }),
  };
}
