// The operator's console: times in the viewer's zone, charts, and a live first page.
"use strict";

(() => {
  const COLOURS = ["#2563eb", "#64748b", "#16a34a", "#dc2626"];
  const DASHES = [[], [6, 4], [2, 2], [10, 4]];
  let charts = [];

  const short = { hour: "2-digit", minute: "2-digit" };

  const localTimes = (root) => {
    for (const each of root.querySelectorAll("time[datetime]")) {
      const at = new Date(each.dateTime);
      each.title = at.toISOString();
      each.textContent = at.toLocaleString();
    }
  };

  const ink = () => (document.documentElement.classList.contains("dark") ? "#d1d5db" : "#374151");

  const draw = (canvas) => {
    const { times, lines } = JSON.parse(canvas.dataset.chart);
    const hours = (new Date(times.at(-1)) - new Date(times[0])) / 3600e3;
    const form = hours > 48 ? { weekday: "short", ...short } : short;
    const colour = ink();
    const axis = { ticks: { color: colour, maxRotation: 0, autoSkip: true, maxTicksLimit: 8 } };
    return new Chart(canvas, {
      type: "line",
      data: {
        labels: times.map((time) => new Date(time).toLocaleString([], form)),
        datasets: lines.map((line, number) => ({
          label: line.name,
          data: line.values,
          borderColor: COLOURS[number],
          backgroundColor: COLOURS[number],
          borderDash: DASHES[number],
          borderWidth: 2,
          pointRadius: line.values.length > 80 ? 0 : 1.5,
          spanGaps: false,
        })),
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { labels: { color: colour, usePointStyle: true, pointStyle: "line" } },
        },
        scales: { x: axis, y: { ...axis, beginAtZero: true } },
      },
    });
  };

  const show = (root) => {
    localTimes(root);
    charts.forEach((chart) => chart.destroy());
    charts = [...root.querySelectorAll("canvas[data-chart]")].map(draw);
  };

  const renew = async () => {
    const old = document.getElementById("console");
    if (document.hidden || !old) return;
    const answer = await fetch(old.dataset.live, { redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("console");
    const focused = old.contains(document.activeElement) && document.activeElement.getAttribute("href");
    old.replaceWith(fresh);
    if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
    show(fresh);
  };

  document.addEventListener("DOMContentLoaded", () => {
    localTimes(document);
    const console = document.getElementById("console");
    if (!console) return;
    show(console);
    const theme = new MutationObserver(() => show(document.getElementById("console")));
    theme.observe(document.documentElement, { attributeFilter: ["class"] });
    setInterval(renew, console.dataset.seconds * 1000);
    document.addEventListener("visibilitychange", renew);
  });
})();
