// The chosen theme, set before anything is drawn; "auto" follows the system.
(function () {
  const root = document.documentElement;
  root.classList.add("js");
  let chosen = "auto";
  try { chosen = localStorage.getItem("cellswap-theme") || "auto"; } catch (e) { /* no storage from disk in some browsers */ }
  if (chosen !== "auto") root.dataset.theme = chosen;
})();
