// The operator's console: times in the viewer's zone, charts, and parts of pages that renew themselves.
"use strict";

(() => {
  const COLOURS = ["#2563eb", "#64748b", "#16a34a", "#dc2626"];
  const DASHES = [[], [6, 4], [2, 2], [10, 4]];
  const CLOCK = { hour: "2-digit", minute: "2-digit" };
  const PRECISE = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 };
  const drawn = new Map();

  const localTimes = (root) => {
    for (const each of root.querySelectorAll("time[datetime]")) {
      const at = new Date(each.dateTime);
      each.title = at.toISOString();
      each.textContent = at.toLocaleString([], "precise" in each.dataset ? PRECISE : undefined);
    }
  };

  const ink = () => (document.documentElement.classList.contains("dark") ? "#d1d5db" : "#374151");

  const draw = (canvas) => {
    const { times, lines } = JSON.parse(canvas.dataset.chart);
    const hours = (new Date(times.at(-1)) - new Date(times[0])) / 3600e3;
    const form = hours > 36 ? { weekday: "short", ...CLOCK } : CLOCK;
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

  const drawAll = () => {
    for (const [canvas, chart] of drawn) {
      chart.destroy();
      drawn.delete(canvas);
    }
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
      drawn.set(canvas, draw(canvas));
    }
  };

  const renew = async (id) => {
    const old = document.getElementById(id);
    if (document.hidden || !old?.dataset.live) return;
    const answer = await fetch(old.dataset.live, { redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(id);
    const focused = old.contains(document.activeElement) && document.activeElement.getAttribute("href");
    old.replaceWith(fresh);
    if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
    localTimes(fresh);
    drawAll();
  };

  // The theme makes some buttons of links and spans that no key reaches.
  const reachable = () => {
    for (const each of document.querySelectorAll("[x-on\\:click]")) {
      if (each.tabIndex >= 0 || !each.textContent.trim() || each.querySelector("a, button, input, p, form")) continue;
      each.tabIndex = 0;
      each.setAttribute("role", "button");
      if (each.classList.contains("material-symbols-outlined")) each.setAttribute("aria-label", "Side bar");
      each.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        each.click();
      });
    }
  };

  const searchByKey = (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    document.getElementById("console-search")?.focus();
  };

  document.addEventListener("DOMContentLoaded", () => {
    reachable();
    document.addEventListener("keydown", searchByKey);
    localTimes(document);
    drawAll();
    new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["class"] });
    for (const { id, dataset } of document.querySelectorAll("[data-live]")) {
      setInterval(renew, dataset.seconds * 1000, id);
      document.addEventListener("visibilitychange", () => renew(id));
    }
  });
})();
