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

  // A chart that can be narrower takes the width of the page. Colours are CSS variables, so a change of theme needs no new drawing.
  function fitted(spec, room) {
    const margin = (spec.usermeta || {}).margin;
    if (room < 560) {
      spec.config.legend.columns = 2;
      for (const panel of spec.concat || []) panel.title.limit = Math.max(120, room - (margin || 0));
      if (spec.columns) spec.columns = 1;
    }
    // Panels beside each other go below each other where they would be cut.
    if (margin && spec.columns > 1 && spec.concat && room < spec.columns * (spec.concat[0].width + margin)) spec.columns = 1;
    if (margin && room) for (const panel of spec.concat || [spec.spec || spec]) panel.width = Math.max(120, Math.min(panel.width, room - margin));
    return spec;
  }
  function draw(place) {
    const spec = JSON.parse(document.getElementById(place.dataset.chart + "-spec").textContent);
    const room = place.parentElement.clientWidth;
    if (place.dataset.room === String(room) || (place.dataset.drawn && !(spec.usermeta || {}).margin)) return;
    place.dataset.room = room;
    return window.vegaEmbed(place, fitted(spec, room), { renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip: { theme: "custom" } })
      .then(() => { place.dataset.drawn = "yes"; })
      .catch((error) => { place.textContent = "The chart could not be drawn: " + error.message; console.error(error); });
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
  const compareText = new Intl.Collator(undefined, { numeric: true }).compare;
  function compare(a, b, i, numeric) {
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
    const rows = Array.from(body.rows).sort((a, b) => (down ? -1 : 1) * compare(a, b, i, numeric));
    body.append(...rows);
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
  }
})();
