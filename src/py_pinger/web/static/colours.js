// Applies the colours that the reader has chosen before the page is drawn, and offers the choice.
{
  const root = document.documentElement;

  const chosen = () => {
    try {
      return localStorage.getItem("colours") ?? "";
    } catch {
      return ""; // the browser stores nothing
    }
  };

  const choose = ({ target }) => {
    root.style.colorScheme = target.value;
    try {
      localStorage.setItem("colours", target.value);
    } catch {
      // The browser stores nothing: the choice lasts for this page.
    }
  };

  const offer = () => {
    const label = document.getElementById("colours"); // the wall and some other pages have none
    if (!label) return;
    const select = label.querySelector("select");
    select.value = root.style.colorScheme;
    select.addEventListener("change", choose);
    label.hidden = false;
  };

  root.style.colorScheme = chosen();
  addEventListener("DOMContentLoaded", offer);
}
