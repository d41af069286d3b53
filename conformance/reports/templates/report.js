// The page can be narrowed; without this script everything is shown.
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

form.hidden = false;
form.addEventListener("change", narrow);
form.addEventListener("reset", () => setTimeout(narrow));
narrow();
