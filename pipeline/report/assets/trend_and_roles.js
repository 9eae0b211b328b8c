/* How silence changes over the years, and in what roles relationships are mentioned. */

function drawTrend() {
  const of = $("trend-of").value === "all" ? "all" : Number($("trend-of").value);
  const years = [...counts.years.keys()].map((key) => key.split("|"));
  const rows = years
    .filter(([strategy]) => strategy === String(of))
    .map(([, year]) => ({ year: Number(year), ...ofYear(counts, of, year) }))
    .sort((a, b) => a.year - b.year);
  const most = Math.max(1, ...rows.map((row) => row.n));
  const [first, last] = [rows[0], rows.at(-1)];
  Object.assign(source("trend-x"), {
    start: (first?.year ?? 2000) - 0.6,
    end: (last?.year ?? 2001) + 0.6,
  });
  const marks = rows.map((row) => ({
    year: row.year,
    share: row.share,
    low: row.low ?? row.share,
    high: row.high ?? row.share,
    size: 5 + 12 * Math.sqrt(row.n / most),
    texts: whole(row.n),
    told: withInterval(row),
  }));
  fill("trend-dots", marks);
  keys.trend = rows.map((row) => [of, row.year, row.n]);
  drawn.trend = rows.map((row) => [row.year, row.n, row.k, row.share, row.low, row.high, of]);
  const asked = of === "all" ? ["all", ""] : ["strategy", idOf(of)];
  const told = everything() && study.trends[[...asked, state.corpus].join("|")];
  $("trend-tells").textContent = told || "";
  $("trend-says").textContent =
    rows.length < 2
      ? `There are no years to compare among the ${unitsHere()} that you have chosen.`
      : `In ${first.year}, ${percent(first.share)} of ${whole(first.n)} texts mentioned no ` +
        `relationship; in ${last.year}, ${percent(last.share)} of ${whole(last.n)}. ` +
        "The band is the 95% interval, a larger dot more texts.";
}

const trendTable = () => ({
  caption: "Share of texts without a relationship, by year",
  columns: [
    { name: "Year" },
    { name: "Texts", show: whole, press: (row) => openYear(row.at(-1), row[0], row[1]) },
    { name: "Without", show: whole },
    { name: "Share", show: percent },
    { name: "95% from", show: percent },
    { name: "to", show: percent },
  ],
  rows: drawn.trend,
});

function drawRoles() {
  const outcome = state.roleOf < 0 ? "" : idOf(state.roleOf);
  const total = counts.roles[0].n;
  const rows = [...study.roles, "no role told"]
    .map((role, place) => {
      const bit = place < study.roles.length ? place : -1;
      return { role, bit, ...share(counts.roles[place], state.corpus, "role", role, "outcome", outcome) };
    })
    .filter((row) => total && (row.bit >= 0 || row.k))
    .sort((a, b) => b.k - a.k);
  const width = Math.min(820, room("roles"));
  const [left, step, most] = [6, 44, Math.max(1, ...rows.map((row) => row.k))];
  const bars = rows.map((row, place) => ({
    x: left,
    right: left + (width - 2 * left) * (row.k / most),
    y: step * place + 32,
    label: row.role,
    texts: whole(row.k),
    share: withInterval(row),
  }));
  const labels = rows.map((row, place) => ({
    x: left,
    y: step * place + 13,
    text: `${row.role}: ${whole(row.k)} (${percent(row.share)})`,
    colour: INK,
  }));
  size("roles", width, step * rows.length + 10);
  fill("roles-bars", bars);
  fill("roles-labels", labels);
  keys.roles = rows.map((row) => [row.bit, row.role, row.k]);
  drawn.roles = rows.map((row) => [row.role, row.k, row.share, row.low, row.high, row.bit]);
  const also = state.roleOf < 0 ? "" : ` and name ${label(state.roleOf)}`;
  $("roles-says").textContent = total
    ? `Of ${counted(total)} that mention a relationship${also}, most speak of it as ` +
      `${rows[0].role} (${percent(rows[0].share)}). A text may give it several roles.`
    : `None of the ${unitsHere()} that you have chosen mentions a relationship${also}.`;
}

const rolesTable = () => ({
  caption: "Roles in which texts mention a relationship",
  columns: [
    { name: "Role" },
    { name: "Texts", show: whole, press: (row) => openRole(row.at(-1), row[0], row[1]) },
    { name: "Share", show: percent },
    { name: "95% from", show: percent },
    { name: "to", show: percent },
  ],
  rows: drawn.roles,
});

/* With what strategies the texts that are chosen meet a determinant. */
function drawAnswers() {
  const kinds = study.kinds_of_answer;
  const of = (c, kind) =>
    share(counts.answers.get(`${c}|${kind}`), state.corpus, "answer", kind, "determinant", idOf(c));
  const rows = ofFacet("determinant")
    .map((c) => ({ c, told: kinds.map((kind) => of(c, kind)) }))
    .filter(({ told }) => told[0].n)
    .sort((a, b) => b.told[0].n - a.told[0].n);
  $("answers-box").hidden = !rows.length;
  table($("answers"), {
    file: "answers",
    caption: `Of the ${unitsHere()} that name a determinant, how many also name which strategies`,
    columns: [
      { name: "Determinant" },
      { name: "Texts", show: whole, press: (row) => openNode(row.at(-1), row[1]) },
      ...kinds.map((name) => ({ name, show: whole })),
      { name: "Share transactional only", show: percent },
      { name: "95% from", show: percent },
      { name: "to", show: percent },
    ],
    rows: rows.map(({ c, told }) => {
      const cold = told[kinds.indexOf("transactional only")];
      return [label(c), cold.n, ...told.map(({ k }) => k), cold.share, cold.low, cold.high, c];
    }),
  });
}

/* Strategies named with a determinant that they do not fit, in the texts that are chosen. */
function drawMisfits() {
  const rows = [...counts.misfits.keys()]
    .map((key) => [key, ...key.split("|")])
    .map(([key, met, named]) => {
      const [c, s] = [Number(met), named === "" ? -1 : Number(named)];
      const asked = ["misfit", s < 0 ? "" : idOf(s), "determinant", idOf(c)];
      return { c, s, ...share(counts.misfits.get(key), state.corpus, ...asked) };
    })
    .sort((a, b) => (a.s < 0 ? 0 : 1) - (b.s < 0 ? 0 : 1) || b.k - a.k || b.n - a.n);
  $("misfits-box").hidden = !rows.length;
  if (!rows.length) return;
  const worst = rows.filter(({ s, n }) => s < 0 && n >= 20).sort((a, b) => b.low - a.low)[0];
  $("misfits-says").textContent = worst
    ? `Fit is met least where texts name ${label(worst.c)}: of ${counted(worst.n)} that name it and ` +
      `a strategy, ${percent(worst.share)} name none that fits it (${sure(worst)}).`
    : "";
  table($("misfits"), {
    file: "misfits",
    caption: `Of the ${unitsHere()} that name both, how many name no strategy that fits the determinant`,
    columns: [
      { name: "Determinant" },
      { name: "Strategy that does not fit it" },
      { name: "Texts with both", show: whole, press: (row) => openMisfit(row.at(-1)) },
      { name: "None that fits", show: whole },
      { name: "Share", show: percent },
      { name: "95% from", show: percent },
      { name: "to", show: percent },
    ],
    rows: rows.map((row) => [
      label(row.c),
      row.s < 0 ? "(any strategy)" : label(row.s),
      row.n,
      row.k,
      row.share,
      row.low,
      row.high,
      row,
    ]),
  });
}
