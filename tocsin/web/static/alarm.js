// uPlot over an alarm's own series: a cursor that reads values, and zoom. What it draws is in the
// table of datapoints; the picture of the server stays where a script does not run.
"use strict";
(() => {
  const table = document.getElementById("datapoints");
  const figure = document.getElementById("plot");
  const still = figure?.querySelector("svg.series");
  if (!table || !still || !("uPlot" in window)) return;

  const period = Number(table.dataset.period);
  const threshold = Number(table.dataset.threshold);
  const above = table.dataset.above === "yes";
  const rows = [...table.tBodies[0].rows].reverse();
  const times = [], values = [], judged = [];
  let windowFrom = null, windowTo = null;
  for (const row of rows) {
    const at = Number(row.dataset.at);
    times.push(at);
    values.push(row.dataset.value === "" ? null : Number(row.dataset.value));
    judged.push(row.dataset.judged);
    if ("window" in row.dataset) {
      windowFrom ??= at;
      windowTo = at + period;
    }
  }
  if (!times.length) return;
  const stretches = [...document.querySelectorAll("#states li")].map((item) => item.dataset);

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  let colours = {};
  const readColours = () => {
    for (const name of ["series", "bad", "good", "threshold", "faint", "line", "paper", "ink"]) colours[name] = colour(name);
  };
  readColours();

  const rest = (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    if (Number.isFinite(threshold)) {
      const y = plot.valToPos(threshold, "y", true);
      ctx.globalAlpha = 0.08;
      ctx.fillStyle = colours.bad;
      if (above) ctx.fillRect(bbox.left, bbox.top, bbox.width, y - bbox.top);
      else ctx.fillRect(bbox.left, y, bbox.width, bbox.top + bbox.height - y);
    }
    if (windowFrom !== null) {
      const left = plot.valToPos(windowFrom, "x", true), right = plot.valToPos(windowTo, "x", true);
      ctx.globalAlpha = 0.13;
      ctx.fillStyle = colours.series;
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
    }
    ctx.restore();
  };

  const marks = (plot) => {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio || 1;
    const from = plot.scales.x.min, to = plot.scales.x.max;
    const few = (to - from) / period <= 400;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height + 4 * ratio);
    ctx.clip();
    if (Number.isFinite(threshold)) {
      const y = plot.valToPos(threshold, "y", true);
      ctx.strokeStyle = colours.threshold;
      ctx.lineWidth = 1.4 * ratio;
      ctx.setLineDash([6 * ratio, 4 * ratio]);
      ctx.beginPath(); ctx.moveTo(bbox.left, y); ctx.lineTo(bbox.left + bbox.width, y); ctx.stroke();
      ctx.setLineDash([]);
    }
    const shade = { ALARM: [colours.bad, 1], OK: [colours.good, 0.5], INSUFFICIENT_DATA: [colours.faint, 0.35] };
    for (const stretch of stretches) {
      const left = plot.valToPos(Math.max(from, Number(stretch.from)), "x", true);
      const right = plot.valToPos(Math.min(to, Number(stretch.to)), "x", true);
      if (right <= left) continue;
      [ctx.fillStyle, ctx.globalAlpha] = shade[stretch.state] ?? shade.INSUFFICIENT_DATA;
      ctx.fillRect(left, bbox.top, right - left, 8 * ratio);
    }
    ctx.globalAlpha = 1;
    for (let index = 0; index < times.length; index += 1) {
      if (times[index] + period < from || times[index] > to) continue;
      const x = plot.valToPos(times[index] + period / 2, "x", true);
      if (judged[index] === "missing") {
        if (!few) continue;
        ctx.strokeStyle = colours.faint;
        ctx.lineWidth = 1.6 * ratio;
        ctx.beginPath(); ctx.moveTo(x, bbox.top + bbox.height - 5 * ratio); ctx.lineTo(x, bbox.top + bbox.height + 2 * ratio); ctx.stroke();
        continue;
      }
      if (judged[index] === "ok" && !few) continue;
      ctx.beginPath();
      ctx.arc(x, plot.valToPos(values[index], "y", true), 3 * ratio, 0, 2 * Math.PI);
      ctx.fillStyle = judged[index] === "breaching" ? colours.bad : colours.paper;
      ctx.fill();
      if (judged[index] === "ok") { ctx.strokeStyle = colours.series; ctx.lineWidth = 1.4 * ratio; ctx.stroke(); }
    }
    ctx.restore();
  };

  const when = (self, splits) => {
    let day = "";
    return splits.map((at) => {
      const iso = new Date(at * 1000).toISOString();
      const sameDay = iso.slice(0, 10) === day;
      day = iso.slice(0, 10);
      return sameDay ? iso.slice(11, 16) : `${iso.slice(11, 16)}\n${iso.slice(5, 10)}`;
    });
  };
  const axis = () => ({
    stroke: () => colours.faint,
    grid: { stroke: () => colours.line, width: 1 },
    ticks: { stroke: () => colours.line, width: 1 },
    font: "11px system-ui, sans-serif",
  });
  const clock = (at) => new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ");
  // A step holds for its period: the last one is drawn to its end.
  const data = [[...times, times[times.length - 1] + period], [...values, values[values.length - 1]]];
  const holder = document.createElement("div");
  still.after(holder);
  const size = () => ({ width: Math.max(280, figure.clientWidth), height: figure.clientWidth < 500 ? 200 : 260 });
  const plot = new uPlot({
    ...size(),
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"),
    cursor: { y: false },
    scales: {
      x: { time: true },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0, Number.isFinite(threshold) ? threshold : 0), Math.max(high ?? 0, Number.isFinite(threshold) ? threshold : 0) * 1.25 || 1] },
    },
    axes: [{ ...axis(), values: when }, { ...axis(), size: 56 }],
    series: [
      { label: "from", value: (_, at) => (at === null ? "" : `${clock(at)}Z`) },
      {
        label: "value",
        stroke: () => colours.series,
        width: 1.6,
        paths: uPlot.paths.stepped({ align: 1 }),
        points: { show: false },
        value: (self, value, _, index) => {
          if (index === null || index === undefined) return "";
          return `${value === null ? "" : value} ${judged[Math.min(index, judged.length - 1)] ?? ""}`;
        },
      },
    ],
    hooks: { drawClear: [rest], draw: [marks] },
  }, data, holder);
  still.setAttribute("hidden", "");
  const hint = document.createElement("span");
  hint.textContent = "drag to zoom, double click to see all";
  figure.querySelector(".legend")?.append(hint);
  new ResizeObserver(() => plot.setSize(size())).observe(figure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); plot.redraw(); });
})();
