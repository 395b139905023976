// Keeps the page up to date: polls its own URL, replaces what has changed, and moves the clocks.

const FASTEST = 5000; // milliseconds between two polls while things happen
const SLOWEST = 30000; // and while nothing does
const SECOND_TRY = 2000; // after a failed poll, before the server counts as offline
const RESPONSE_LIMIT = 10000; // that a response may take
const TYPING = 200; // quiet time after a key before the search is sent
const SKEW = 90000; // a clock that is closer to the server's counts as right
const DAY = 86400000;
const SOON = 0.9; // the share of the allowed time beyond which a run is due soon
const SENTENCES = "[title]:not(time), [aria-label], svg title, svg text"; // where no <time> can stand
const MOMENT = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:Z| UTC)/g; // as the server writes it there

const form = document.getElementById("filter");
const offline = document.getElementById("offline");
const icon = document.querySelector("link[rel=icon]");
const zone = document.querySelector("#zone select"); // the wall has none
const asOf = document.getElementById("as-of"); // for print

const state = {
  tag: null,
  url: location.href,
  pause: FASTEST,
  timer: 0,
  polling: null,
  failures: 0,
  chosen: false, // whether the reader has just chosen what to see: then nothing stays open from before
  updated: Date.now(),
  shown: { title: document.title, icon: icon.href },
  offset: skewOf(document.body.dataset.now),
  utc: isUtcChosen(), // whether times are shown in UTC, not in the reader's zone
  served: new WeakMap(), // the HTML of an element as the server sent it, before its clocks were moved
  sentences: new WeakMap(), // its texts with moments, in UTC
};

function skewOf(served) {
  const skew = Date.parse(served) - Date.now();
  return Math.abs(skew) < SKEW ? 0 : skew;
}

function isUtcChosen() {
  try {
    return localStorage.getItem("zone") === "UTC";
  } catch {
    return false; // the browser stores nothing: the choice lasts for one page
  }
}

function duration(seconds) {
  const whole = Math.floor(Math.max(seconds, 0));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  const [large, name, small, rest] = whole < 86400 ? [3600, "h", 60, "min"] : [86400, "d", 3600, "h"];
  const more = Math.floor((whole % large) / small);
  return `${Math.floor(whole / large)} ${name}${more ? ` ${more} ${rest}` : ""}`;
}

const two = (number) => String(number).padStart(2, "0");
// A moment whose UTC is what the clocks of the chosen zone show.
const zoned = (at) => new Date(at - (state.utc ? 0 : at.getTimezoneOffset() * 60000));
const hours = (at) => zoned(at).toISOString().slice(11, 16);
const date = (at) => zoned(at).toISOString().slice(0, 10);
// A day as `Fri 6`.
function day(at) {
  const [weekday, number] = zoned(at).toUTCString().split(/,? /);
  return `${weekday} ${Number(number)}`;
}

const isToday = (at, now) => Math.abs(at - now) < DAY;
const FORMATS = {
  ago: (at, now) => (at > now ? `in ${duration((at - now) / 1000)}` : `${duration((now - at) / 1000)} ago`),
  for: (at, now) => duration((now - at) / 1000),
  full: (at) => `${date(at)} ${hours(at)}:${two(at.getUTCSeconds())}`,
  clock: (at, now) => (isToday(at, now) ? hours(at) : `${date(at)} ${hours(at)}`),
  time: hours,
  day, // for moments at which a day begins
  exact: (at, now) => (isToday(at, now) ? FORMATS.full(at).slice(11) : FORMATS.full(at)),
};

// The time of the server, and when it last responded, by its own clock; for pages with more scripts.
export const serverNow = () => new Date(Date.now() + state.offset);
export const clockText = (at) => FORMATS.clock(at, serverNow());
export const lastUpdate = () => new Date(state.updated + state.offset);

function zoneName(at, utc = state.utc) {
  const minutes = utc ? 0 : -at.getTimezoneOffset();
  if (!minutes) return "UTC";
  const [whole, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? "-" : "+"}${whole}${rest ? `:${two(rest)}` : ""}`;
}

// Offers the reader's own zone next to UTC, named after its city.
function offerZones() {
  const city = Intl.DateTimeFormat().resolvedOptions().timeZone.split("/").pop().replaceAll("_", " ");
  const own = new Option(`${city} (${zoneName(serverNow(), false)})`, "own", true, !state.utc);
  if (city !== "UTC") zone.add(own, 0);
  zone.parentElement.hidden = false;
}

function chooseZone() {
  state.utc = zone.value === "UTC";
  try {
    localStorage.setItem("zone", zone.value);
  } catch {
    // The browser stores nothing: the choice lasts for this page.
  }
  moveClocks();
  moveSentences(document);
}

const setText = (node, text) => node.textContent === text || (node.textContent = text);

function moveClocks() {
  const now = serverNow();
  for (const each of document.querySelectorAll("time[datetime]")) {
    const at = new Date(each.dateTime);
    setText(each, FORMATS[each.dataset.as ?? "ago"](at, now));
    each.title = `${FORMATS.full(at)} ${zoneName(at)}`;
  }
  for (const each of document.querySelectorAll("svg[data-allowed]")) moveGauge(each, now / 1000);
  if (state.failures > 1) showOffline();
}

// Moves the moments in the tooltips and labels of an element to the chosen zone.
function moveSentences(root) {
  const now = serverNow();
  const moved = (text) => text.replace(MOMENT, (_, day, time) => FORMATS.clock(new Date(`${day}T${time}Z`), now));
  for (const each of root.querySelectorAll(SENTENCES)) {
    if (!state.sentences.has(each)) state.sentences.set(each, readSentences(each));
    for (const [name, text] of state.sentences.get(each)) {
      if (name) each.setAttribute(name, moved(text));
      else setText(each, moved(text));
    }
  }
}

function readSentences(element) {
  const texts = ["title", "aria-label"].map((name) => [name, element.getAttribute(name)]);
  if (element instanceof SVGElement && !element.children.length) texts.push(["", element.textContent]);
  return texts.filter(([, text]) => text?.search(MOMENT) >= 0);
}

function moveGauge(gauge, now) {
  const due = Number(gauge.dataset.due ?? Date.parse(gauge.nextElementSibling.dateTime) / 1000);
  const share = Math.max(0, 1 - (due - now) / gauge.dataset.allowed);
  const used = Math.floor(100 * share);
  const late = now > due;
  const failing = gauge.classList.contains("failing");
  gauge.classList.toggle("past", late);
  gauge.classList.toggle("soon", !late && !failing && share > SOON);
  gauge.classList.toggle("fresh", !late && !failing && share <= SOON);
  gauge.firstElementChild.setAttribute("width", `${Math.min(used, 100)}%`);
  if (gauge.role) gauge.setAttribute("aria-label", `${used} % of the time used`);
}

function remember(element) {
  state.served.set(element, element.outerHTML);
  for (const each of element.querySelectorAll("[data-keyed], [data-keyed] > *")) {
    state.served.set(each, each.outerHTML);
  }
}

function update(old, fresh) {
  if (state.served.get(old) === fresh.outerHTML) return;
  if (old.hasAttribute("data-keyed") && fresh.hasAttribute("data-keyed")) updateChildren(old, fresh);
  else replace(old, fresh);
}

const keyOf = (child) => child.id || child.localName;

function updateChildren(old, fresh) {
  state.served.set(old, fresh.outerHTML);
  if (old.className !== fresh.className) {
    old.className = fresh.className;
    // A group that fails opens; one that has recovered stays as the reader has it.
    if (fresh.open || state.chosen) old.open = fresh.open;
  }
  const before = new Map([...old.children].map((child) => [keyOf(child), child]));
  let place = old.firstElementChild;
  for (const child of [...fresh.children]) {
    const known = before.get(keyOf(child));
    before.delete(keyOf(child));
    if (!known) old.insertBefore(adopt(child), place);
    else if (known !== place) old.insertBefore(known, place);
    else place = place.nextElementSibling;
    if (known) update(known, child);
  }
  for (const child of before.values()) child.remove();
}

function adopt(fresh) {
  remember(fresh);
  moveSentences(fresh);
  return document.adoptNode(fresh);
}

function replace(old, fresh) {
  const focused = old.contains(document.activeElement) && selectorOf(document.activeElement);
  if (!state.chosen) keepOpen(old.querySelectorAll("details"), fresh.querySelectorAll("details"));
  old.replaceWith(adopt(fresh));
  if (focused) fresh.querySelector(focused)?.focus({ preventScroll: true });
}

function keepOpen(before, after) {
  if (before.length === after.length) after.forEach((each, index) => (each.open = before[index].open));
}

function selectorOf(element) {
  const href = element.getAttribute("href");
  return element.id ? `#${CSS.escape(element.id)}` : href && `a[href="${CSS.escape(href)}"]`;
}

function slowDown() {
  state.pause = Math.min(state.pause * 1.5, SLOWEST);
}

function updatePage(page) {
  if (page.body.dataset.revision === document.body.dataset.revision) slowDown();
  else state.pause = FASTEST;
  document.body.dataset.revision = page.body.dataset.revision;
  state.offset = skewOf(page.body.dataset.now);
  if (asOf) asOf.dateTime = page.body.dataset.now;
  state.shown = { title: page.title, icon: page.querySelector("link[rel=icon]").getAttribute("href") };
  const parts = [...document.querySelectorAll("[data-part]")];
  const next = new Map([...page.querySelectorAll("[data-part]")].map((part) => [part.id, part]));
  if (parts.length === next.size && parts.every((part) => next.has(part.id))) {
    for (const part of parts) update(part, next.get(part.id));
  } else location.reload();
  state.chosen = false;
}

// Requests the page again at once; pages with more scripts use it too.
export async function poll() {
  clearTimeout(state.timer);
  state.polling?.abort();
  const polling = (state.polling = new AbortController());
  const limit = setTimeout(() => polling.abort(), RESPONSE_LIMIT);
  try {
    const headers = { Accept: "text/html", ...(state.tag && { "If-None-Match": state.tag }) };
    const response = await fetch(state.url, { headers, signal: polling.signal, cache: "no-store" });
    const text = await response.text();
    if (polling === state.polling) receive(response, text);
  } catch {
    if (polling === state.polling) fail();
  }
  clearTimeout(limit);
  if (polling === state.polling) schedule();
}

function receive(response, text) {
  if (response.status === 304) {
    slowDown();
  } else {
    const page = new DOMParser().parseFromString(text, "text/html");
    // A proxy's own page is not a response of Py Pinger.
    if (!page.body.hasAttribute("data-live")) throw new Error("not a page of Py Pinger");
    updatePage(page);
    state.tag = response.headers.get("ETag");
  }
  state.failures = 0;
  state.updated = Date.now();
  showConnection();
  moveClocks();
}

function fail() {
  state.failures += 1;
  state.pause = state.failures === 1 ? SECOND_TRY : FASTEST;
  showConnection();
}

function showConnection() {
  const lost = state.failures > 1;
  document.documentElement.classList.toggle("offline", lost);
  offline.hidden = !lost;
  document.title = lost ? "No connection – Py Pinger" : state.shown.title;
  const href = lost ? offline.dataset.icon : state.shown.icon;
  if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
  if (lost) showOffline();
}

function showOffline() {
  const since = new Date(state.updated);
  const full = FORMATS.full(since);
  const time = isToday(since, new Date()) ? full.slice(11) : full;
  setText(offline, `No response from Py Pinger since ${time}; what is shown may be out of date.`);
}

function schedule() {
  clearTimeout(state.timer);
  if (!document.hidden) state.timer = setTimeout(poll, state.pause);
}

function filterUrl() {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (value && value !== form.elements[name].dataset.default) url.searchParams.set(name, value);
  }
  return url.href;
}

function go(url, change) {
  if (change) history[change](null, "", url);
  state.url = location.href;
  state.tag = null;
  state.pause = FASTEST;
  state.chosen = true;
  return poll();
}

function applyFilter(event) {
  event?.preventDefault();
  go(filterUrl(), "replaceState");
}

function fillForm() {
  const parameters = new URL(location.href).searchParams;
  for (const each of form?.elements ?? []) {
    if (each.name) each.value = parameters.get(each.name) ?? each.dataset.default ?? "";
  }
}

function follow(event) {
  const link = event.target.closest("[data-swap] a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.href, "pushState");
  fillForm();
}

// A click anywhere in a row of tasks opens its task, unless it selects text or hits something else.
function openRow(event) {
  const row = event.target.closest("tr[data-status]");
  if (!row || event.target.closest("a, button, tr details") || !getSelection().isCollapsed) return;
  const link = row.querySelector("th a");
  if (event.ctrlKey || event.metaKey || event.shiftKey) open(link.href, "_blank", "noopener");
  else link.click();
}

function showUrl(event) {
  const link = event.target.closest(".tasks th > div > a");
  if (link) link.title ||= link.closest("th").querySelector(".url")?.textContent ?? "";
}

function copy(event) {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
  setText(button, document.execCommand("copy") ? "Copied" : "Press Ctrl+C to copy");
}

function start() {
  document.documentElement.classList.add("live");
  document.querySelectorAll("[data-part]").forEach(remember);
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
  let typing = 0;
  form?.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(applyFilter, TYPING);
  });
  form?.addEventListener("submit", applyFilter);
  document.addEventListener("click", follow);
  document.addEventListener("click", copy);
  document.addEventListener("click", openRow);
  document.addEventListener("pointerover", showUrl);
  addEventListener("popstate", () => (go(location.href), fillForm()));
  document.addEventListener("visibilitychange", () => (document.hidden ? schedule() : poll()));
  schedule();
}

function startClocks() {
  if (zone) offerZones();
  zone?.addEventListener("change", chooseZone);
  setInterval(moveClocks, 1000);
  moveClocks();
  moveSentences(document);
}

if (document.body.hasAttribute("data-live")) start();
startClocks();
