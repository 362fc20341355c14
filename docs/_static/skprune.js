/* What scrolls takes the focus, so that arrow keys reach the rest of it. The theme
   sees to tables and code, but not to formulas, nor to what has been folded away. */
function focusFormulas() {
  for (const formula of document.querySelectorAll(".formula")) {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = formula;
    const scrolls = scrollWidth > clientWidth || scrollHeight > clientHeight;
    formula.tabIndex = scrolls ? 0 : -1;
  }
}
window.addEventListener("load", focusFormulas);
window.addEventListener("resize", focusFormulas);
document.addEventListener(
  "toggle",
  () => window.dispatchEvent(new Event("resize")),
  true,
);
