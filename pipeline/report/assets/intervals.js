/* Intervals of shares, as the gaps stage tells them, for whatever texts a reader has chosen. */

const Z = 1.959963984540054;

/* The interval of Wilson 1927, for independent texts. */
function wilson(k, n) {
  const p = k / n;
  const scale = 1 + (Z * Z) / n;
  const middle = (p + (Z * Z) / (2 * n)) / scale;
  const half = (Z / scale) * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  return [k ? Math.max(0, middle - half) : 0, k < n ? Math.min(1, middle + half) : 1];
}

/* How many standard errors an interval reaches: Student's t by its expansion about the normal
   (Abramowitz and Stegun 26.7.5), which for 12 degrees of freedom or more errs by less than 0.00001. */
function reach(freedom) {
  const z2 = Z * Z;
  const terms = [
    (Z * (z2 + 1)) / 4,
    (Z * ((5 * z2 + 16) * z2 + 3)) / 96,
    (Z * (((3 * z2 + 19) * z2 + 17) * z2 - 15)) / 384,
    (Z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945)) / 92160,
  ];
  return terms.reduce((sum, term, place) => sum + term / freedom ** (place + 1), Z);
}

/* The interval for passages of documents, told as [passages, those that say yes, how many
   documents are so]: see
   `tally_documents` and `Shares.interval` of gaps/intervals.py, which this repeats. */
function clustered(documents, [spread, worth]) {
  let [n, k, squares, number] = [0, 0, 0, 0];
  for (const [size, yes, times] of documents) {
    n += times * size;
    k += times * yes;
    squares += times * size * size;
    number += times;
  }
  const p = k / n;
  let between = 0;
  for (const [size, yes, times] of documents) {
    if (size < n) between += (times * (yes - p * size) ** 2) / (n * n * (1 - size / n));
  }
  const alike = (n * n) / squares;
  const expected = (k * (1 - p)) / number;
  const freedom = (Math.max(alike - 1, 0) * 2 * expected) / (2 * expected + 1);
  const weight = 1 - worth / (freedom + worth);
  const beyond = p > 0 && p < 1 ? (between * n) / (p * (1 - p)) - 1 : 0;
  const far = reach(freedom + worth);
  const isNear = (x) => {
    const own = beyond > 0 ? (beyond * x * (1 - x)) / (p * (1 - p)) : beyond;
    const effect = 1 + weight * own + (1 - weight) * (n / alike - 1) * spread * x * (1 - x);
    return (p - x) ** 2 <= (far * far * x * (1 - x) * effect) / n;
  };
  const end = (outer) => {
    let inner = p;
    for (let halving = 0; halving < 40; halving += 1) {
      const middle = (inner + outer) / 2;
      if (isNear(middle)) inner = middle;
      else outer = middle;
    }
    return inner;
  };
  return [k ? end(0) : 0, k < n ? end(1) : 1];
}

/* The interval of a difference of two shares from their own (Newcombe 1998). */
function newcombe(one, other) {
  const difference = other.share - one.share;
  return [
    difference - Math.hypot(other.share - other.low, one.high - one.share),
    difference + Math.hypot(other.high - other.share, one.share - one.low),
  ];
}
