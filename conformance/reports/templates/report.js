"use strict";
// Without this script everything is shown and every cell can be reached; with it the page can be narrowed, arrow keys
// move in the heat maps, and what a link leads to is unfolded.
const form = document.getElementById("filter");
const said = document.getElementById("shown");
const causes = [...document.querySelectorAll("article")];

function narrow() {
  const chosen = [...form.querySelectorAll("select")].filter((select) => select.value);
  for (const part of document.querySelectorAll("[data-check], [data-class], [data-kind], [data-pair]")) {
    part.hidden = chosen.some(
      ({ name, value }) => name in part.dataset && !part.dataset[name].split(" ").includes(value),
    );
  }
  const shown = causes.filter((cause) => !cause.hidden).length;
  said.textContent = causes.length ? `${shown} of ${causes.length} causes shown` : "";
}

function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let part = target; part; part = part.parentElement) {
    if (part.tagName === "DETAILS") part.open = true;
  }
  if (target) target.scrollIntoView();
}

function move(event) {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const cell = event.target.closest("td");
  if (!step || !cell) return;
  event.preventDefault();
  const rows = [...cell.closest("tbody").rows];
  let [row, column] = [rows.indexOf(cell.parentElement), cell.cellIndex];
  for (;;) {
    row += step[0];
    column += step[1];
    const next = rows[row]?.cells[column];
    if (!next || next.tagName !== "TD") return;
    const link = rows[row].hidden ? null : next.querySelector("a");
    if (link) {
      event.target.tabIndex = -1;
      link.tabIndex = 0;
      link.focus();
      return;
    }
  }
}

for (const map of document.querySelectorAll(".map")) {
  [...map.querySelectorAll("a")].forEach((link, at) => { link.tabIndex = at ? -1 : 0; });
  map.addEventListener("keydown", move);
}
form.hidden = false;
form.addEventListener("change", narrow);
form.addEventListener("reset", () => setTimeout(narrow));
addEventListener("hashchange", unfold);
narrow();
unfold();
