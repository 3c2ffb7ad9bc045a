/**
 * The page's own script: draws the figures at the width there is, sorts tables, copies keys, leads from a mark to its
 * row. Plain text, since it runs in the reader's browser and nowhere else; the page reads complete without it.
 */

export const client = `"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Figures: the same specification, laid out anew for the width of the page.
  const fit = (spec, width) => {
    const { margin, columns, spacing, narrowLegend } = spec.usermeta.brink;
    const narrow = width < 560;
    const across = narrow ? 1 : columns;
    const inner = Math.max(160, Math.floor((width - 10 - across * margin - (across - 1) * spacing) / across));
    const legend = { ...spec.config.legend, columns: narrowLegend, layout: { bottom: { direction: "vertical" } } };
    const fitted = narrow ? { ...spec, config: { ...spec.config, legend } } : spec;
    const sized = (panel) => ({ ...panel, width: inner });
    if (spec.vconcat) return { ...fitted, vconcat: spec.vconcat.map(sized) };
    if (spec.concat) return { ...fitted, columns: across, concat: spec.concat.map(sized) };
    return sized(fitted);
  };
  const findRow = (key) => {
    const row = document.getElementById("run-" + key);
    if (!row) return;
    row.scrollIntoView({ block: "center", inline: "nearest" });
    row.classList.remove("found");
    void row.offsetWidth;
    row.classList.add("found");
  };
  const figures = all(".plot").map((plot) => ({
    plot,
    spec: JSON.parse(document.getElementById(plot.dataset.spec).textContent),
    target: plot.querySelector(".drawn"),
    still: plot.querySelector(".still"),
    width: 0,
    result: null
  }));
  const draw = async (figure) => {
    const width = Math.floor(figure.plot.clientWidth);
    if (width === 0 || width === figure.width) return;
    figure.width = width;
    const fresh = document.createElement("div");
    const result = await vegaEmbed(fresh, fit(structuredClone(figure.spec), width), {
      mode: "vega-lite",
      renderer: "svg",
      ast: true,
      actions: { export: true, source: false, compiled: false, editor: false },
      downloadFileName: figure.plot.dataset.name,
      scaleFactor: { png: 2 }
    });
    result.view.addEventListener("click", (_, item) => {
      if (item && item.datum && item.datum.key) findRow(item.datum.key);
    });
    if (figure.result) figure.result.finalize();
    figure.result = result;
    figure.target.replaceChildren(fresh);
    figure.target.hidden = false;
    figure.still.hidden = true;
  };
  let drawing = Promise.resolve();
  const drawAll = () => {
    drawing = drawing.then(async () => {
      for (const figure of figures) await draw(figure);
      document.documentElement.dataset.drawn = "true";
    });
  };
  drawAll();
  let timer = 0;
  addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(drawAll, 150);
  });

  // Tables: what was not measured stays at the end, whichever way the rest is sorted.
  const valueOf = (row, column) => {
    const value = row.cells[column].dataset.value;
    return value === "" ? null : isNaN(value) ? value : Number(value);
  };
  const sortBy = (header) => {
    const table = header.closest("table");
    const body = table.tBodies[0];
    const column = header.cellIndex;
    const descending = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const rows = [...body.rows].map((row) => ({ row, value: valueOf(row, column) }));
    rows.sort((a, b) => {
      if (a.value === null || b.value === null) return (a.value === null) - (b.value === null);
      const order = a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
      return descending ? -order : order;
    });
    body.append(...rows.map(({ row }) => row));
  };
  all(".runs thead button").forEach((button) => button.addEventListener("click", () => sortBy(button.closest("th"))));

  // Copying: the clipboard where the browser grants it, else a selection.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.style.position = "fixed";
      area.style.opacity = "0";
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const label = button.textContent;
    if (button.classList.contains("done")) return;
    await copy(button.dataset.copy);
    button.classList.add("done");
    button.textContent = "copied";
    setTimeout(() => {
      button.textContent = label;
      button.classList.remove("done");
    }, 1200);
  });
})();
`
