// The page of a task and its history: days of the reader's zone, arrow keys in the calendar, and the values
// below the pointer in strips and charts. pinger.js does the rest.

import { clockText, poll } from "./pinger.js";

const YEAR = 31536000; // seconds
const NEAR = 0.01; // the share of a strip's width within which a run is shown
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const zone = document.querySelector("#zone select");
const main = document.getElementById("main");

// The server renders days by a cookie: a page that has those of another zone is requested again.
function sendZone() {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const name = zone.value === "UTC" ? "UTC" : own;
  const { pathname } = document.querySelector("header .home");
  document.cookie = `zone=${name}; path=${pathname}; max-age=${YEAR}; samesite=lax`;
  if (main.querySelector("[data-zone]").dataset.zone !== name) poll();
}

// Of the days one is a stop of the Tab key; the arrow keys lead to the others.
function setStop(link) {
  for (const each of main.querySelectorAll(".calendar td > a")) each.tabIndex = each === link ? 0 : -1;
}

function newestDay() {
  const days = [...main.querySelectorAll(".calendar td > a")];
  return days.find((day) => day === document.activeElement) ?? days.reduce(laterDay, days[0]);
}

const laterDay = (one, other) => (other.search > one.search ? other : one);

function moveInCalendar(event) {
  const step = STEPS[event.key];
  const cell = step && event.target.closest(".calendar td");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  nextDay(cell, step)?.focus();
}

function nextDay(cell, [down, right]) {
  const { rows } = cell.closest("tbody");
  const [first] = rows;
  let [row, column] = [cell.parentElement.sectionRowIndex + down, cell.cellIndex + right];
  // Below Sunday is Monday of the next week.
  if (row < 0) [row, column] = [rows.length - 1, column - 1];
  if (row === rows.length) [row, column] = [0, column + 1];
  while (column > 0 && column < first.cells.length) {
    const day = rows[row].cells[column].querySelector("a");
    if (day) return day;
    row += down;
    column += right;
    if (!rows[row]) return null;
  }
  return null;
}

function showValues(event) {
  const figure = event.target.closest?.(".plot, .strip");
  for (const each of main.querySelectorAll(".cross")) if (each.parentElement !== figure) each.remove();
  if (!figure) return;
  const svg = figure.querySelector("svg");
  const box = svg.getBoundingClientRect();
  const share = (event.clientX - box.left) / box.width;
  const text = share >= 0 && share <= 1 ? valuesAt(svg, share) : "";
  const cross = figure.querySelector(".cross") ?? figure.appendChild(newCross());
  cross.hidden = !text;
  cross.style.left = `${event.clientX - figure.getBoundingClientRect().left}px`;
  cross.style.height = `${box.height}px`;
  cross.firstChild.textContent = text;
  cross.firstChild.style.translate = `${-100 * share}% 0`;
}

function newCross() {
  const cross = document.createElement("div");
  cross.className = "cross";
  cross.ariaHidden = "true"; // the tables have the values
  cross.append(document.createElement("span"));
  return cross;
}

function valuesAt(svg, share) {
  const at = share * svg.viewBox.baseVal.width;
  const texts = [...svg.querySelectorAll("rect")]
    .filter(({ x, width }) => x.baseVal.value <= at && at < x.baseVal.value + width.baseVal.value)
    .map((each) => each.querySelector("title").textContent);
  return [texts.pop(), runAt(svg, share)].filter(Boolean).join("; ");
}

function runAt(svg, share) {
  const { since, until } = svg.dataset;
  const width = svg.viewBox.baseVal.width;
  const marks = [...svg.querySelectorAll("path.run")].flatMap((path) =>
    [...path.getAttribute("d").matchAll(/M(\d+) \d+V\d+(?:H(\d+))?/g)].map(([, begin, end]) => ({
      begin: begin / width,
      end: (end ?? begin) / width,
      failed: path.classList.contains("failed"),
    })),
  );
  const distance = ({ begin, end }) => Math.max(begin - share, share - end, 0);
  const nearest = marks.reduce((one, other) => (distance(other) < distance(one) ? other : one), marks[0]);
  if (!nearest || distance(nearest) > NEAR) return "";
  const moment = (part) => clockText(new Date(Date.parse(since) + part * (Date.parse(until) - Date.parse(since))));
  const what = nearest.failed ? "failed run" : "run";
  if (nearest.begin === nearest.end) return `${what} at ${moment(nearest.begin)}`;
  return `${what}s from ${moment(nearest.begin)} to ${moment(nearest.end)}`;
}

function start() {
  sendZone();
  setStop(newestDay());
  zone.addEventListener("change", sendZone);
  main.addEventListener("keydown", moveInCalendar);
  main.addEventListener("focusin", (event) => event.target.matches(".calendar td > a") && setStop(event.target));
  main.addEventListener("pointermove", showValues);
  main.addEventListener("pointerleave", showValues);
  // The calendar is replaced when it changes.
  new MutationObserver(() => setStop(newestDay())).observe(main, { childList: true, subtree: true });
}

start();
