// Before the first paint, so that a dark page does not flash white.
try {
  const theme = localStorage.getItem("sincro.theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  document.documentElement.lang = localStorage.getItem("sincro.language") || (navigator.language.startsWith("it") ? "it" : "en");
} catch {
  // Storage may be forbidden: then the system's own choice holds.
}
