// A result that the visitor picks is shown beside the newest one of its subject. It is read here and goes nowhere.
const site = JSON.parse(document.getElementById("newest").textContent);
const picker = document.getElementById("pick");
const said = document.getElementById("picked");
const compared = document.getElementById("compared");

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function figures(check) {
  if (!check) return [element("td", "–", "dim"), element("td", ""), element("td", "")];
  const words = element("td", site.words[check.status] ?? check.status, check.status);
  return [words, element("td", check.causes.toLocaleString("en"), "n"), element("td", check.cases.toLocaleString("en"), "n")];
}

function row(id, yours, ours) {
  const made = document.createElement("tr");
  const name = element("th", "");
  name.scope = "row";
  name.append(element("code", id));
  const differs = yours?.status !== ours?.status || yours?.causes !== ours?.causes;
  made.append(name, ...figures(yours), ...figures(ours), element("td", differs ? "differs" : "", "warn"));
  return made;
}

// What a cause is known by has no pair in it; a result of an earlier version tells it by the key of the finding alone.
function cause({ key, marks }) {
  const { class: cls, convention, place, mode, verdict } = marks?.[0] ?? {};
  return marks ? JSON.stringify([cls, convention, place, mode, verdict]) : key;
}

function checksOf(result) {
  const open = (id) => result.findings.filter((finding) => finding.check === id && !finding.waived_by);
  const causes = (id) => new Set(open(id).map(cause)).size;
  return result.checks
    .filter((check) => !(check.status === "not-run" && site.unasked.includes(check.why)))
    .map(({ id, status, cases }) => ({ id, status, cases, causes: causes(id) }));
}

function show(result) {
  const { name, version } = result.subject;
  const yours = new Map(checksOf(result).map((check) => [check.id, check]));
  const newest = Object.hasOwn(site.subjects, name) ? site.subjects[name] : null;
  const ours = new Map((newest?.checks ?? []).map((check) => [check.id, check]));
  const unfinished = result.complete ? "" : ", unfinished";
  said.textContent = newest
    ? `${name} ${version} of ${result.started}${unfinished}, beside ${newest.version} of ${newest.started}`
    : `${name} ${version} of ${result.started}${unfinished}; the site has no result of ${name}`;
  const ids = [...yours.keys(), ...[...ours.keys()].filter((id) => !yours.has(id))];
  compared.tBodies[0].replaceChildren(...ids.map((id) => row(id, yours.get(id), ours.get(id))));
  compared.parentElement.hidden = false;
}

async function load() {
  const file = picker.files[0];
  if (!file) return;
  compared.parentElement.hidden = true;
  try {
    const result = JSON.parse(await file.text());
    if (!/^abi-conformance\/\d+$/.test(result.schema)) throw new TypeError("no result");
    show(result);
  } catch {
    said.textContent = `${file.name} is no result; pick a result.json that 'abi-conformance run' wrote`;
  }
}

document.getElementById("beside-form").hidden = false;
picker.addEventListener("change", load);
