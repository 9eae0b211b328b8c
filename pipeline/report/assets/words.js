"use strict";
/* What every part of the page uses: what it was told, numbers in words, and small helpers.
   Every word that comes from a text is put in as text, never as markup. */

const CORPORA = ["research", "practice"];
const UNITS = [
  ["research text", "research texts"],
  ["practice passage", "practice passages"],
];
const INK = "#1c2530";
const QUIET = "#59636e";
const RULE = "#d9dde2";
const SILENCE = "#a84600";
const VOICE = "#0072b2";
const SILENT = ["never mentioned", "under-mentioned"];

/* `study` and `texts` are what the page carries, `state` what a reader has chosen, `counts` what
   was counted of it; `drawn` has the rows of each figure's table. */
let study, texts, state, counts;
const drawn = {};

const $ = (id) => document.getElementById(id);

async function unpack(id) {
  const bytes = Uint8Array.from(atob($(id).textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/* As `percent` of words.py: half is rounded up, and nothing is rounded to all or none. */
function percent(share) {
  if (share === null || share === undefined) return "–";
  if (share > 0 && share < 0.0005) return "<0.1%";
  if (share > 0.9995 && share < 1) return ">99.9%";
  const near = (share > 0 && share < 0.01) || (share > 0.99 && share < 1);
  return near
    ? `${(Math.floor(1000 * share + 0.5) / 10).toFixed(1)}%`
    : `${Math.floor(100 * share + 0.5)}%`;
}

const whole = (n) => n.toLocaleString("en");
const points = (v) => `${v > 0 ? "+" : ""}${Math.round(100 * v)} points`;
const decimals = (places) => (v) => v.toFixed(places);
const probability = (p) => (p < 0.001 ? "<0.001" : p.toFixed(3));
const many = (n, noun) => `${whole(n)} ${noun}${n === 1 ? "" : "s"}`;
const counted = (n, corpus = state.corpus) => `${whole(n)} ${UNITS[corpus][n === 1 ? 0 : 1]}`;
const interval = (row) => `95% CI ${percent(row.low)} to ${percent(row.high)}`;
const sure = (row) => (row.low === null ? "" : interval(row));
const withInterval = (row) => `${percent(row.share)} ${sure(row)}`.trim();

const conceptAt = (number) => study.concepts[number];
const label = (number) => conceptAt(number).label;
const idOf = (number) => conceptAt(number).id;
const unitsHere = () => UNITS[state.corpus][1];
const inOrder = (a, b) => study.order[a] - study.order[b];
const ofNumber = (facet) =>
  [...study.concepts.keys()].filter((c) => conceptAt(c).facet === facet);
const ofFacet = (facet) => ofNumber(facet).sort(inOrder);

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function options(select, pairs) {
  const made = pairs.map(([value, name]) => element("option", { value, textContent: name }));
  select.replaceChildren(...made);
}

function later(act) {
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(act, 60);
  };
}

function download(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
