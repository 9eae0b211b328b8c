/* Putting numbers into the Bokeh plots. A source is named after its plot: "map-cells". */

const plots = {};
const views = {};
const keys = {};
const FACE = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const SHADES = [
  "#fdea45",
  "#e9d559",
  "#d1bf68",
  "#baab71",
  "#a49876",
  "#8f8678",
  "#7c7578",
  "#696574",
  "#555771",
  "#40496e",
  "#24396f",
  "#00224e",
];

const shade = (part) => SHADES[Math.min(SHADES.length - 1, Math.floor(part * SHADES.length))];
const source = (name) => plots[name.split("-")[0]].document.get_model_by_name(name);
const room = (id) => $(id).closest(".plot").clientWidth;

function fill(name, rows) {
  const model = source(name);
  const data = {};
  for (const column of Object.keys(model.data)) data[column] = rows.map((row) => row[column]);
  model.selected.indices = [];
  model.data = data;
}

function size(id, width, height) {
  const plot = plots[id];
  plot.width = Math.round(width);
  plot.height = Math.round(height);
  source(`${id}-x`).end = plot.width;
  source(`${id}-y`).start = plot.height;
}

const pen = document.createElement("canvas").getContext("2d");

function widthOf(words, px) {
  pen.font = `${px}px ${FACE}`;
  return pen.measureText(words).width;
}

function fit(words, width, px) {
  if (widthOf(words, px) <= width) return words;
  let end = words.length;
  while (end > 1 && widthOf(`${words.slice(0, end)}…`, px) > width) end -= 1;
  return `${words.slice(0, end).trimEnd()}…`;
}

function draw(id) {
  if (!plots[id]) return;
  FIGURES[id].draw();
  refreshTable(id);
}

/* Put one plot into the page and draw it; a press on it opens the texts behind what was pressed. */
async function embed(id) {
  const [view] = [...(await Bokeh.embed.embed_item(study.plots[id], id))];
  views[id] = view;
  plots[id] = view.model;
  const { presses, act } = FIGURES[id];
  const { selected } = source(presses);
  selected.properties.indices.change.connect(() => {
    const key = keys[id][selected.indices[0]];
    if (!key) return;
    selected.indices = [];
    act(...key);
  });
  draw(id);
}

async function saveFigure(id, kind) {
  if (id === "flow") saveFlow(kind);
  else download(await views[id].export(kind, true).to_blob(), `${id}.${kind}`);
}

async function saveFlow(kind) {
  const drawing = $("flow").querySelector("svg");
  const text = new XMLSerializer().serializeToString(drawing);
  if (kind === "svg") {
    download(new Blob([text], { type: "image/svg+xml" }), "flow.svg");
    return;
  }
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const { width, height } = drawing.viewBox.baseVal;
  const canvas = element("canvas", { width: 2 * width, height: 2 * height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((png) => download(png, "flow.png"));
}
