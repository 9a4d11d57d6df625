(function () {
  "use strict";
  const root = document.documentElement;
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));

  // Theme
  const theme = document.getElementById("theme");
  if (theme) {
    theme.value = root.dataset.theme || "auto";
    theme.addEventListener("change", () => {
      if (theme.value === "auto") delete root.dataset.theme; else root.dataset.theme = theme.value;
      try { localStorage.setItem("cellswap-theme", theme.value); } catch (e) { /* the choice lasts for this page only */ }
    });
  }

  // A chart takes the width that the page has. Colours are CSS variables, so a change of theme needs no new drawing.
  const NARROW = 560, TALL = 2000, SYMBOL = 22, BETWEEN = 10;
  // Names of more than 22 letters get several lines, the first of which is raised by half of the others.
  const LABEL_LINES = "split(replace(replace(datum.label, regexp('(.{1,22})(?: |$)', 'g'), '$1\\n'), regexp('\\n$'), ''), '\\n')";
  const RAISED = { condition: { test: "length(datum.label) > 22", value: -7 }, value: 0 };
  const pen = document.createElement("canvas").getContext("2d");

  // A specification with its rows as objects. They stand in it as CSV, which Vega reads by a function made from text: the page's policy forbids that.
  const READ = { number: (text) => (text === "" ? null : Number(text)), boolean: (text) => (text === "" ? null : text === "true") };
  function specOf(name) {
    const spec = JSON.parse(document.getElementById(name + "-spec").textContent), kinds = spec.data.format.parse, table = [[]];
    for (const [, field, end] of spec.datasets.rows.matchAll(/("(?:[^"]|"")*"|[^,\n]*)(,|\n)/g)) {
      table[table.length - 1].push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
      if (end === "\n") table.push([]);
    }
    const columns = table.shift().map((column) => [column, READ[kinds[column]] || String]);
    spec.datasets.rows = table.slice(0, -1).map((row) => Object.fromEntries(columns.map(([column, read], i) => [column, read(row[i])])));
    delete spec.data.format;
    return spec;
  }
  // The words as lines no longer than `width` pixels.
  function lines(text, width, font) {
    pen.font = "bold 12px " + font;
    const made = [], part = new RegExp(".{1," + Math.max(8, Math.floor(width / 9)) + "}", "gu");
    for (const word of text.split(" ").flatMap((whole) => (pen.measureText(whole).width > width ? whole.match(part) : [whole]))) {
      const longer = made[made.length - 1] + " " + word;
      if (made.length && pen.measureText(longer).width <= width) made[made.length - 1] = longer; else made.push(word);
    }
    return made;
  }
  function wrapLabels(panel) {
    const y = (panel.encoding || {}).y;
    if (y && (y.type === "nominal" || y.type === "ordinal")) y.axis = { ...y.axis, labelExpr: LABEL_LINES, labelOffset: RAISED };
    for (const layer of panel.layer || []) wrapLabels(layer);
  }
  // `fit`: the pixels that labels take, how many columns a legend may have, and how much further apart rows must be.
  function fitted(spec, room, fit) {
    const panels = spec.concat || [spec];
    // Panels beside each other go below each other where they would be cut.
    if (spec.columns > 1 && room < spec.columns * (panels[0].width + fit.margin)) spec.columns = 1;
    if (room < NARROW) spec.config.title = { ...spec.config.title, frame: "bounds" };
    for (const panel of panels) {
      if (fit.margin && room) panel.width = Math.max(120, Math.min(panel.width, room - fit.margin));
      if (room < NARROW) wrapLabels(panel);
      if (fit.apart && panel.height && panel.height.step) panel.height.step *= fit.apart;
      // A title stands above its panel; where that is narrow, above the labels beside it too.
      const wide = room < NARROW ? room - (fit.indent || 12) : spec.columns > 1 ? panel.width : room - fit.margin;
      if (panel.title) panel.title = { ...panel.title, limit: 0, text: lines(panel.title.text, wide, spec.config.font) };
    }
    if (fit.columns) {
      const limit = room - fit.left - SYMBOL - 6, size = fit.widest > limit ? 10 : 12;
      spec.config.legend = { ...spec.config.legend, columns: fit.columns, labelLimit: limit, labelFontSize: size };
    }
    return spec;
  }
  // How many times as far apart the rows must be, lest labels of several lines touch each other.
  function crowded(place) {
    return Math.max(1, ...all(".role-axis-label", place).map((axis) => {
      const [first, second] = all("text", axis).map((text) => text.getCTM());
      if (!second || Math.abs(second.e - first.e) > 1) return 1;  // names beside each other, not below each other
      return (Math.max(...all("text", axis).map((text) => text.getBoundingClientRect().height)) + 3) / Math.abs(second.f - first.f);
    }));
  }
  // What the next drawing should do otherwise, now that this one shows how much room labels, legends and titles take; nothing where it fits.
  function refit(place, room, fit) {
    const svg = place.querySelector("svg").getBoundingClientRect(), narrow = room < NARROW;
    const of = (edge, selector) => Math.max(0, ...all(selector, place).map((part) => part.getBoundingClientRect()[edge]));
    const apart = narrow ? crowded(place) : 1;
    if (!fit.columns && (svg.width > room + 1 || apart > 1)) {
      const left = Math.max(0, of("left", ".role-legend") - svg.left), widest = of("width", ".role-legend-label text");
      const columns = Math.max(1, Math.floor((room - left) / (widest + SYMBOL + BETWEEN)));
      const indent = 6 + Math.max(0, of("left", ".role-title text") - svg.left);
      return { ...fit, left: left, widest: widest, columns: columns, indent: indent, apart: apart };
    }
    const spare = room - 8 - (Math.max(of("right", ".role-axis"), of("right", ".role-mark")) - svg.left);
    if (fit.margin && (spare < -1 || (narrow && spare > 8))) return { ...fit, margin: Math.max(1, fit.margin - spare) };
  }
  async function draw(place) {
    const room = place.parentElement.clientWidth;
    if (place.dataset.room === String(room)) return;
    place.dataset.room = room;
    try {
      const spec = specOf(place.dataset.chart);
      let fit = { margin: (spec.usermeta || {}).margin || 0 };
      for (let tries = 0; fit && tries < 4; tries++) {
        await window.vegaEmbed(place, fitted(structuredClone(spec), room, fit), { renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip: { theme: "custom" } });
        fit = refit(place, room, fit);
      }
      place.classList.toggle("tall", place.querySelector("svg").getBoundingClientRect().height > TALL);
      place.dataset.drawn = "yes";
    } catch (error) {
      place.textContent = "The chart could not be drawn: " + error.message;
      console.error(error);
    }
  }
  const charts = all("[data-chart]");
  // What the reader sees first is drawn first; the rest follows while nothing else is to do, or before the page is printed.
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 1));
  const waits = charts.filter((place) => place.getBoundingClientRect().top >= innerHeight);
  const next = () => { if (waits.length) idle(() => { draw(waits.shift()); next(); }); };
  Promise.all(charts.filter((place) => !waits.includes(place)).map(draw)).then(() => setTimeout(next, 100));
  addEventListener("beforeprint", () => charts.forEach(draw));
  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => charts.forEach(draw), 150); });

  function save(name, text, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // A saved picture must not need the page's style sheet, and prints best on white: it takes the light theme's colours.
  function saveSvg(name) {
    const drawn = document.querySelector('[data-chart="' + name + '"] svg').cloneNode(true);
    const before = root.dataset.theme;
    root.dataset.theme = "light";
    const style = getComputedStyle(root);
    const text = new XMLSerializer().serializeToString(drawn)
      .replace(/var\((--[\w-]+)\)/g, (whole, variable) => style.getPropertyValue(variable).trim() || "black")
      .replace(/currentColor/g, style.getPropertyValue("--ink").trim());
    if (before) root.dataset.theme = before; else delete root.dataset.theme;
    save(name + ".svg", text, "image/svg+xml");
  }
  for (const button of all("[data-svg]")) button.addEventListener("click", () => saveSvg(button.dataset.svg));

  // Copying. The clipboard's own interface is missing in some browsers when a page is opened from disk.
  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }
  for (const button of all("[data-copy]")) {
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      let done = false;
      try { await navigator.clipboard.writeText(source.textContent); done = true; } catch (e) { select(source); done = document.execCommand("copy"); }
      const before = button.innerHTML;
      button.textContent = done ? "Copied" : "Selected: press Ctrl+C";
      setTimeout(() => { button.innerHTML = before; }, 1500);
    });
  }

  // Tables: sort by a heading, filter by words.
  // Numbers in names count as numbers, so that conv10 comes after conv2; but not in a column of digests, where 9a52 comes after 404e.
  const named = new Intl.Collator(undefined, { numeric: true }).compare, lettered = new Intl.Collator().compare;
  const DIGEST = /\b(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{8,}\b/;
  function compare(a, b, i, numeric, compareText) {
    if (!numeric) return compareText(a.cells[i].textContent, b.cells[i].textContent);
    const x = a.cells[i].dataset.v, y = b.cells[i].dataset.v;
    if (!x || !y) return (x ? 0 : 1) - (y ? 0 : 1);  // what has no number comes last
    return Number(x) - Number(y);
  }
  function sortBy(table, i) {
    const heads = all("th", table.tHead), head = heads[i];
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0], numeric = head.classList.contains("number");
    const rows = Array.from(body.rows), compareText = rows.some((row) => DIGEST.test(row.cells[i].textContent)) ? lettered : named;
    body.append(...rows.sort((a, b) => (down ? -1 : 1) * compare(a, b, i, numeric, compareText)));
  }
  function addFilter(table) {
    const rows = Array.from(table.tBodies[0].rows), name = table.dataset.name;
    const line = document.createElement("p"), label = document.createElement("label"), input = document.createElement("input");
    const said = document.createElement("span");
    line.className = "filter";
    input.type = "search";
    input.id = name + "-filter";
    label.htmlFor = input.id;
    label.textContent = "Filter rows";
    said.setAttribute("role", "status");
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        n += row.hidden ? 0 : 1;
      }
      said.textContent = words.length ? n + " of " + rows.length : "";
    });
    line.append(label, input, said);
    table.parentElement.before(line);
  }
  for (const table of all("table[data-sortable]")) {
    all("th", table.tHead).forEach((head, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sortBy(table, i));
    });
    if (table.tBodies[0].rows.length > 8) addFilter(table);
    for (const cell of all("td.clamped", table)) cell.addEventListener("click", () => cell.classList.toggle("whole"));
  }
})();
