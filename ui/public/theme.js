// Sets the theme before anything is painted, so that no wrong one flashes. Only these two words of
// taste are kept in the browser; everything else of the person's preferences is kept by the server.
(function () {
  var theme = "system";
  try {
    theme = localStorage.getItem("synnefo.theme") || "system";
  } catch (refused) {
    // A browser that keeps nothing follows the system.
  }
  var dark =
    theme === "dark" ||
    (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  var contrast =
    theme === "contrast" || (theme === "system" && matchMedia("(prefers-contrast: more)").matches);
  var classes = document.documentElement.classList;
  if (dark) classes.add("pf-v6-theme-dark");
  if (contrast) classes.add("pf-v6-theme-high-contrast");
})();
