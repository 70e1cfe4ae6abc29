// The table of claims, searched and filtered by verdict, without a server; the names of columns for narrow screens.
// What is chosen stands in the address, behind the #, as in index.html#verdict=proved&text=laplace.
"use strict";

function nameColumns(table) {
  const names = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
  for (const row of table.tBodies[0]?.rows ?? []) {
    [...row.cells].forEach((cell, i) => {
      if (names[i] && !["claim", "verdict"].includes(names[i])) cell.dataset.name = names[i];
      if (cell.textContent.length > 22) cell.classList.add("long");
    });
  }
  table.classList.add("named");
}

const named = (badge) => badge.textContent.replace(/^\S+\s+/, "");  // without its sign

// Every word has to be there; a number, C15, finds C15 and C15a.
function found(row, words) {
  return words.every((word) =>
    /^[cl]\d+[a-z]?$/.test(word) ? row.number === word || row.number.slice(0, -1) === word : row.text.includes(word));
}

function claimTools(place, table) {
  const rows = [...table.tBodies[0].rows].map((element) => ({
    element,
    number: element.cells[0].textContent.trim().toLowerCase(),
    text: element.textContent.toLowerCase(),
    badge: element.querySelector(".verdict"),
  }));
  const verdict = (row) => named(row.badge);
  const counts = new Map([...document.querySelectorAll("main .verdict")].map((badge) => [named(badge), 0]));
  for (const row of rows) counts.set(verdict(row), counts.get(verdict(row)) + 1);
  const asked = new URLSearchParams(location.hash.slice(1));
  const state = { verdict: counts.has(asked.get("verdict")) ? asked.get("verdict") : "", text: asked.get("text") ?? "" };

  const said = document.createElement("output");
  const field = Object.assign(document.createElement("input"), {
    type: "search", value: state.text, placeholder: "search: laplace, stability, C15 ...",
  });
  field.setAttribute("aria-label", "search the claims");
  const buttons = [["", `all ${rows.length}`, ""], ...[...counts].map(([name, count]) => {
    const badge = rows.find((row) => verdict(row) === name).badge;
    return [name, `${badge.textContent} ${count}`, badge.classList[1]];
  })].map(([name, label, colour]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = colour;
    button.append(Object.assign(document.createElement("span"), { textContent: label }));
    button.addEventListener("click", () => { state.verdict = name; show(); });
    return { name, button };
  });
  field.addEventListener("input", () => { state.text = field.value; show(); });

  function show() {
    const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const shown = (!state.verdict || verdict(row) === state.verdict) && found(row, words);
      row.element.hidden = !shown;
      count += shown;
    }
    for (const { name, button } of buttons) button.setAttribute("aria-pressed", String(name === state.verdict));
    said.textContent = count === rows.length ? `${count} claims` : `${count} of ${rows.length} claims`;
    const kept = new URLSearchParams(Object.entries(state).filter(([, value]) => value)).toString();
    if (kept !== location.hash.slice(1) && (kept || asked.size)) history.replaceState(null, "", `#${kept}`);
  }
  place.append(...buttons.map(({ button }) => button), field, said);
  show();
}

document.addEventListener("DOMContentLoaded", () => {
  const place = document.querySelector(".claim-tools");
  if (document.querySelector("main .verdict, nav.pages")) document.querySelectorAll("main table").forEach(nameColumns);
  if (!place) return;
  const tables = [...document.querySelectorAll("main table")];
  claimTools(place, tables.find((table) => place.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING));
});
