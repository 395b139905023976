// The wall: its clock, the time of its last update, and a screen that stays on. pinger.js does the rest.

import { lastUpdate, serverNow } from "./pinger.js";

const clock = document.querySelector("#clock time");
const updated = document.querySelector("#updated time");

function set(time, moment) {
  time.dateTime = `${moment.toISOString().slice(0, 19)}Z`;
}

function tick() {
  set(clock, serverNow());
  set(updated, lastUpdate());
}

async function keepScreenOn() {
  if (document.hidden || !navigator.wakeLock) return; // the browser has it for https and localhost only
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // The battery is low; the page works, the screen may turn off.
  }
}

document.addEventListener("visibilitychange", keepScreenOn);
setInterval(tick, 1000);
tick();
keepScreenOn();
