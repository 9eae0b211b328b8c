/* Tables that sort, scroll and download. A column has a name; `show` for numbers, `brief` for long
   words, `press` for what a press on a cell does with its row, `spoken` for what is then read aloud,
   `marked` for whether it is silent beyond chance. What a row holds beyond the columns is for these functions. */

const ROWS_AT_FIRST = 150;

const shown = (value, { show, brief }) => {
  if (value === null || value === undefined) return "–";
  return (show || brief || String)(value);
};

function table(host, { columns, rows, file, caption }) {
  const body = element("tbody");
  const head = element("tr");
  const more = element("button", { type: "button", className: "more" });
  let ordered = rows;
  let limit = ROWS_AT_FIRST;
  const refill = () => {
    body.replaceChildren(...ordered.slice(0, limit).map((row) => tableRow(columns, row)));
    more.hidden = rows.length <= limit;
    more.textContent = `Show all ${whole(rows.length)} rows`;
  };
  more.onclick = () => {
    limit = rows.length;
    refill();
  };
  columns.forEach((column, place) => {
    const heading = element("th", { scope: "col", className: column.show ? "number" : "" });
    const sort = () => {
      const sorted = heading.ariaSort;
      const up = sorted ? sorted === "descending" : !column.show;
      for (const other of head.children) other.removeAttribute("aria-sort");
      heading.ariaSort = up ? "ascending" : "descending";
      ordered = [...rows].sort((p, q) => compare(p[place], q[place], up));
      refill();
    };
    const button = element("button", { type: "button", textContent: column.name, onclick: sort });
    heading.append(button);
    head.append(heading);
  });
  refill();
  const save = element("button", { type: "button", className: "csv" });
  save.textContent = "Save this table as CSV";
  save.onclick = () => download(csv(columns, ordered), `${file}.csv`);
  const sheet = element("table", { className: "data" });
  sheet.append(element("caption", { textContent: caption }), element("thead", {}, head), body);
  const scroll = element("div", { className: "scroll", tabIndex: 0, ariaLabel: caption }, sheet);
  scroll.setAttribute("role", "region");
  host.replaceChildren(scroll, save, " ", more);
}

function tableRow(columns, row) {
  const cells = columns.map((column, place) => {
    const words = shown(row[place], column);
    const cell = place ? element("td") : element("th", { scope: "row" });
    cell.className = column.show ? "number" : "";
    cell.dir = "auto";
    if (column.press && row[place]) {
      const ariaLabel = column.spoken ? column.spoken(row) : `${words}: list the texts`;
      const onclick = () => column.press(row);
      cell.append(element("button", { type: "button", textContent: words, ariaLabel, onclick }));
    } else {
      cell.textContent = words;
    }
    if (column.marked?.(row)) {
      const title = "in fewer texts than chance";
      cell.append(element("span", { className: "silent", textContent: " ▼", title }));
    }
    return cell;
  });
  return element("tr", {}, ...cells);
}

function compare(a, b, up) {
  const missing = (v) => v === null || v === undefined;
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  const order = typeof a === "number" ? a - b : String(a).localeCompare(String(b));
  return up ? order : -order;
}

/* The rows as a spreadsheet opens them: whole numbers and shares, formulas made harmless. */
function csv(columns, rows) {
  const harmless = (v) => (typeof v === "string" && /^[=+\-@\t\r]/.test(v) ? `'${v}` : (v ?? ""));
  const quoted = (v) => (/[",\n]/.test(v) ? `"${v.replaceAll('"', '""')}"` : v);
  const lines = [columns.map(({ name }) => name), ...rows.map((r) => r.slice(0, columns.length))];
  const text = lines.map((cells) => cells.map((v) => quoted(String(harmless(v)))).join(","));
  return new Blob(["\ufeff", text.join("\n"), "\n"], { type: "text/csv" });
}

function refreshTable(id) {
  const box = $(`${id}-numbers`);
  if (!box.open || (FIGURES[id] && !plots[id])) return;
  table(box.querySelector("div"), { file: id, ...TABLES[id]() });
}
