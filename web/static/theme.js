// The theme that was chosen in the settings (ui, prefs.go), before anything is
// drawn: the program comes too late for that.
(function () {
  var chosen;
  try {
    chosen = JSON.parse(localStorage.getItem("parley.prefs")).theme;
  } catch (e) {
    return; // nothing was chosen, or storage is forbidden
  }
  if (chosen !== "light" && chosen !== "dark") return;
  document.documentElement.dataset.theme = chosen;
  document.querySelectorAll("meta[name=theme-color]").forEach(function (meta) {
    meta.media = meta.dataset.theme === chosen ? "all" : "not all";
  });
})();
