// Keeps the page as it would be if it were loaded anew: polls its own URL, swaps what changed, moves the clocks.

const FASTEST = 5000; // milliseconds between two looks while things happen
const SLOWEST = 30000; // and while nothing does
const SECOND_TRY = 2000; // after a failed look, before the server counts as gone
const PATIENCE = 10000; // that an answer may take
const TYPING = 200; // quiet time after a key before the search goes out
const SKEW = 90000; // a clock that is closer to the server's is taken as right

const form = document.getElementById("choice");
const gone = document.getElementById("gone");
const icon = document.querySelector("link[rel=icon]");

const state = {
  tag: null,
  url: location.href,
  pace: FASTEST,
  timer: 0,
  asking: null,
  failures: 0,
  seen: Date.now(),
  shown: { title: document.title, icon: icon.href },
  offset: skewOf(document.body.dataset.now),
  served: new WeakMap(), // what the server sent for an element, before its clocks were moved
};

function skewOf(served) {
  const skew = Date.parse(served) - Date.now();
  return Math.abs(skew) < SKEW ? 0 : skew;
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
const hours = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
const date = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
const READINGS = {
  ago: (at, now) => (at > now ? `in ${duration((at - now) / 1000)}` : `${duration((now - at) / 1000)} ago`),
  for: (at, now) => duration((now - at) / 1000),
  full: (at) => `${date(at)} ${hours(at)}:${two(at.getSeconds())}`,
  clock: (at, now) => (Math.abs(at - now) < 86400000 ? hours(at) : `${date(at)} ${hours(at)}`),
};

const put = (node, text) => node.textContent === text || (node.textContent = text);

function moveClocks() {
  const now = new Date(Date.now() + state.offset);
  for (const each of document.querySelectorAll("time[datetime]")) {
    put(each, READINGS[each.dataset.as ?? "ago"](new Date(each.dateTime), now));
    each.title ||= each.dateTime.replace("T", " ").replace("Z", " UTC");
  }
  for (const each of document.querySelectorAll("svg[data-due]")) moveGauge(each, now / 1000);
}

function moveGauge(gauge, now) {
  const { from, due } = gauge.dataset;
  const used = Math.max(0, Math.floor((100 * (now - from)) / (due - from)));
  gauge.classList.toggle("past", now > Number(due));
  gauge.classList.toggle("fresh", now <= Number(due));
  gauge.firstElementChild.setAttribute("width", `${Math.min(used, 100)}%`);
  gauge.setAttribute("aria-label", `${used} % of the allowed time used`);
}

function remember(element) {
  state.served.set(element, element.outerHTML);
  for (const each of element.querySelectorAll("[data-keyed], [data-keyed] > [id]")) {
    state.served.set(each, each.outerHTML);
  }
}

function renew(old, fresh) {
  if (state.served.get(old) === fresh.outerHTML) return;
  if (old.hasAttribute("data-keyed") && fresh.hasAttribute("data-keyed")) renewChildren(old, fresh);
  else replace(old, fresh);
}

function renewChildren(old, fresh) {
  state.served.set(old, fresh.outerHTML);
  const had = new Map([...old.children].map((child) => [child.id, child]));
  let place = old.firstElementChild;
  for (const child of [...fresh.children]) {
    const known = had.get(child.id);
    had.delete(child.id);
    if (!known) old.insertBefore(adopted(child), place);
    else if (known !== place) old.insertBefore(known, place);
    else place = place.nextElementSibling;
    if (known) renew(known, child);
  }
  for (const child of had.values()) child.remove();
}

function adopted(fresh) {
  remember(fresh);
  return document.adoptNode(fresh);
}

function replace(old, fresh) {
  const focused = old.contains(document.activeElement) && sameAs(document.activeElement);
  for (const each of old.querySelectorAll("details[open][id]")) {
    fresh.querySelector(`#${CSS.escape(each.id)}`)?.setAttribute("open", "");
  }
  old.replaceWith(adopted(fresh));
  if (focused) fresh.querySelector(focused)?.focus({ preventScroll: true });
}

function sameAs(element) {
  const href = element.getAttribute("href");
  return element.id ? `#${CSS.escape(element.id)}` : href && `a[href="${CSS.escape(href)}"]`;
}

function show(page) {
  const quiet = page.body.dataset.revision === document.body.dataset.revision;
  state.pace = quiet ? Math.min(state.pace * 1.5, SLOWEST) : FASTEST;
  document.body.dataset.revision = page.body.dataset.revision;
  state.offset = skewOf(page.body.dataset.now);
  state.shown = { title: page.title, icon: page.querySelector("link[rel=icon]").getAttribute("href") };
  const parts = [...document.querySelectorAll("[data-part]")];
  const next = new Map([...page.querySelectorAll("[data-part]")].map((part) => [part.id, part]));
  if (parts.length === next.size && parts.every((part) => next.has(part.id))) {
    for (const part of parts) renew(part, next.get(part.id));
  } else location.reload();
}

async function look() {
  clearTimeout(state.timer);
  state.asking?.abort();
  const asking = (state.asking = new AbortController());
  try {
    const signal = AbortSignal.any([asking.signal, AbortSignal.timeout(PATIENCE)]);
    const headers = { Accept: "text/html", ...(state.tag && { "If-None-Match": state.tag }) };
    const answer = await fetch(state.url, { headers, signal, cache: "no-store" });
    const text = await answer.text();
    if (asking === state.asking) take(answer, text);
  } catch {
    if (asking === state.asking) miss();
  }
  if (asking === state.asking) rest();
}

function take(answer, text) {
  if (answer.status === 304) {
    state.pace = Math.min(state.pace * 1.5, SLOWEST);
  } else {
    const page = new DOMParser().parseFromString(text, "text/html");
    // A proxy's own page is no word from Py Pinger.
    if (!page.body.hasAttribute("data-live")) throw new Error("not a page of Py Pinger");
    show(page);
    state.tag = answer.headers.get("ETag");
  }
  state.failures = 0;
  state.seen = Date.now();
  present();
  moveClocks();
}

function miss() {
  state.failures += 1;
  state.pace = state.failures === 1 ? SECOND_TRY : FASTEST;
  present();
}

function present() {
  const lost = state.failures > 1;
  document.documentElement.classList.toggle("gone", lost);
  gone.hidden = !lost;
  document.title = lost ? "No connection – Py Pinger" : state.shown.title;
  const href = lost ? gone.dataset.icon : state.shown.icon;
  if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
  const since = new Date(state.seen);
  const sentence = `Py Pinger has not answered since ${READINGS.full(since).slice(11)}: what is shown may no longer be true.`;
  if (lost) put(gone, sentence);
}

function rest() {
  clearTimeout(state.timer);
  if (!document.hidden) state.timer = setTimeout(look, state.pace);
}

function chosen() {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (value && value !== form.elements[name].dataset.usual) url.searchParams.set(name, value);
  }
  return url.href;
}

function go(url, entry) {
  if (entry) history[entry](null, "", url);
  state.url = location.href;
  state.tag = null;
  state.pace = FASTEST;
  return look();
}

function choose(event) {
  event?.preventDefault();
  go(chosen(), "replaceState");
}

function fill() {
  const asked = new URL(location.href).searchParams;
  for (const each of form?.elements ?? []) {
    if (each.name) each.value = asked.get(each.name) ?? each.dataset.usual ?? "";
  }
}

function follow(event) {
  const link = event.target.closest("[data-swap] a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.href, "pushState");
  fill();
}

function copy(event) {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
  put(button, document.execCommand("copy") ? "Copied" : "Press Ctrl+C to copy");
}

function start() {
  document.documentElement.classList.add("live");
  document.querySelectorAll("[data-part]").forEach(remember);
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
  let typing = 0;
  form?.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(choose, TYPING);
  });
  form?.addEventListener("submit", choose);
  document.addEventListener("click", follow);
  document.addEventListener("click", copy);
  addEventListener("popstate", () => (go(location.href), fill()));
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : look()));
  setInterval(moveClocks, 1000);
  moveClocks();
  rest();
}

if (document.body.hasAttribute("data-live")) start();
