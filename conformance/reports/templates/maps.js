"use strict";
// Arrow keys move in the heat maps, and what a link leads to is unfolded. Without it every cell can be reached as well.

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
addEventListener("hashchange", unfold);
unfold();
