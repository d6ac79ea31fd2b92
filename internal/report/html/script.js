"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const view = byId("window"), all = byId("all"), rows = byId("rows");
  const search = byId("search"), job = byId("job"), sort = byId("sort");
  const buttons = [...byId("kinds").children];
  const JOB = 0, KIND = 1, FOLDER = 2, NAME = 3, SIZE = 4, REASON = 5;
  const tallest = 15e6; // pixels that every browser can scroll
  const printed = 2000; // rows
  let found = [], drawn = "", whole = false;

  // What is searched is put together once.
  const texts = data.rows.map((r) => (data.folders[r[FOLDER]] + r[NAME] + "\n" + data.reasons[r[REASON]]).toLowerCase());

  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const size = (n) => {
    if (n < 0) return "";
    let unit = 0;
    while (n >= 1024 && unit < units.length - 1) { n /= 1024; unit++; }
    return (unit === 0 || n >= 10 ? Math.round(n) : n.toFixed(1)) + " " + units[unit];
  };
  const element = (tag, className, text) => {
    const e = document.createElement(tag);
    e.className = className;
    e.textContent = text; // names are text, whatever they look like
    return e;
  };

  const pressed = () => buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.kind);

  function find() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = new Set(pressed().map((k) => data.kinds.indexOf(k)));
    const only = job.value === "" ? -1 : Number(job.value);
    found = [];
    let bytes = 0;
    for (let i = 0; i < data.rows.length; i++) {
      const r = data.rows[i];
      if (kinds.size > 0 && !kinds.has(r[KIND])) continue;
      if (only >= 0 && r[JOB] !== only) continue;
      if (!words.every((w) => texts[i].includes(w))) continue;
      found.push(i);
      bytes += Math.max(0, r[SIZE]);
    }
    if (sort.value === "size") found.sort((a, b) => data.rows[b][SIZE] - data.rows[a][SIZE] || a - b);
    byId("found").textContent = found.length.toLocaleString("en") + " of " + data.rows.length.toLocaleString("en") +
      " entries, " + size(bytes);
    view.scrollTop = 0;
    drawn = "";
    draw();
  }

  function rowOf(i) {
    const r = data.rows[i];
    const row = element("div", "row", "");
    row.append(element("span", "mark k-" + data.kinds[r[KIND]], data.marks[r[KIND]]));
    const path = element("span", "path", "");
    const folder = (data.jobs.length > 1 ? data.jobs[r[JOB]] + ": " : "") + data.folders[r[FOLDER]];
    if (folder) path.append(element("span", "", folder));
    path.append(element("b", "", r[NAME]));
    path.title = data.folders[r[FOLDER]] + r[NAME];
    const why = element("span", "why", data.reasons[r[REASON]]);
    why.title = data.reasons[r[REASON]];
    row.append(path, element("span", "size", size(r[SIZE])), why);
    return row;
  }

  // Only the rows in sight exist, and a few around them.
  function draw() {
    const height = matchMedia("(max-width: 640px)").matches ? 72 : 34;
    const full = found.length * height;
    const scale = full > tallest ? tallest / full : 1;
    all.style.height = Math.min(full, tallest) + "px";
    const room = Math.ceil(view.clientHeight / height);
    const top = Math.floor(view.scrollTop / scale / height);
    let first = Math.max(0, top - 10), last = Math.min(found.length, top + room + 10);
    if (whole) { first = 0; last = Math.min(found.length, printed); }
    const now = first + "-" + last + "-" + height;
    if (now === drawn) return;
    drawn = now;
    const offset = scale === 1 ? first * height : Math.min(view.scrollTop - (top - first) * height, tallest);
    rows.style.transform = "translateY(" + Math.max(0, offset) + "px)";
    rows.replaceChildren(...found.slice(first, last).map(rowOf));
    if (whole && found.length > printed) rows.append(element("p", "lead", "and " + (found.length - printed).toLocaleString("en") + " more"));
  }

  // The filters are in the address, so that what is shown can be pointed to.
  function read() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    search.value = wanted.get("q") || "";
    const kinds = (wanted.get("kind") || "").split(",");
    for (const b of buttons) b.setAttribute("aria-pressed", String(kinds.includes(b.dataset.kind)));
    const index = data.jobs.indexOf(wanted.get("job"));
    job.value = index < 0 ? "" : String(index);
    sort.value = wanted.get("sort") === "size" ? "size" : "path";
    find();
    if (location.hash.length > 1) byId("list").scrollIntoView();
  }
  function write() {
    const wanted = new URLSearchParams();
    if (search.value) wanted.set("q", search.value);
    if (pressed().length > 0) wanted.set("kind", pressed().join(","));
    if (job.value !== "") wanted.set("job", data.jobs[Number(job.value)]);
    if (sort.value !== "path") wanted.set("sort", sort.value);
    history.replaceState(null, "", "#" + wanted);
    find();
  }

  if (data.jobs.length > 1) {
    job.hidden = false;
    job.append(new Option("all jobs", ""), ...data.jobs.map((name, i) => new Option(name, String(i))));
  } else {
    job.append(new Option("", ""));
  }
  byId("filters").addEventListener("submit", (e) => e.preventDefault());
  search.addEventListener("input", write);
  job.addEventListener("change", write);
  sort.addEventListener("change", write);
  for (const b of buttons) {
    b.addEventListener("click", () => {
      b.setAttribute("aria-pressed", String(b.getAttribute("aria-pressed") !== "true"));
      write();
    });
  }
  for (const area of document.querySelectorAll(".map g")) {
    area.addEventListener("click", () => {
      search.value = area.dataset.path;
      if (data.jobs.length > 1) job.value = area.dataset.job;
      write();
      byId("list").scrollIntoView({behavior: "smooth"});
    });
  }
  view.addEventListener("scroll", draw, {passive: true});
  addEventListener("resize", draw);
  addEventListener("hashchange", read);
  addEventListener("beforeprint", () => { whole = true; draw(); });
  addEventListener("afterprint", () => { whole = false; draw(); });
  read();
})();
