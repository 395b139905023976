// Shortcuts of a single key: / searches, j and k move through the tasks, ? explains them.

const LISTED = "tr[data-status] th a, .incident :is(h2, h3) a";
const FIELDS = "input, select, textarea, dialog *";

const dialog = document.getElementById("keyboard");
const button = document.querySelector("#display button");
const enabled = dialog.querySelector("input");

const KEYS = {
  "/": search,
  j: () => move(1),
  k: () => move(-1),
  "?": () => dialog.showModal(),
};

function search() {
  const field = document.querySelector("input[type=search]");
  field?.focus();
  field?.select();
}

function move(step) {
  const links = [...document.querySelectorAll(LISTED)].filter((each) => each.checkVisibility());
  const active = document.activeElement;
  const at = links.findIndex((each) => each.closest("tr, article").contains(active));
  const next = at < 0 && step < 0 ? links.length - 1 : at + step;
  links[Math.max(0, Math.min(next, links.length - 1))]?.focus();
}

function press(event) {
  if (!enabled.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!Object.hasOwn(KEYS, event.key) || event.target.closest(FIELDS)) return;
  event.preventDefault();
  KEYS[event.key]();
}

// Letters may be commands of other software, such as speech input: the reader can switch them off.
function isEnabled() {
  try {
    return localStorage.getItem("keyboard") !== "off";
  } catch {
    return true; // the browser stores nothing
  }
}

function enable() {
  try {
    localStorage.setItem("keyboard", enabled.checked ? "on" : "off");
  } catch {
    // The browser stores nothing: the choice lasts for this page.
  }
}

enabled.checked = isEnabled();
enabled.addEventListener("change", enable);
button.addEventListener("click", () => dialog.showModal());
button.hidden = false;
document.addEventListener("keydown", press);
