// Goes to the language of the browser, unless the choice was asked for (?choose); nothing is remembered.
(() => {
  if (new URLSearchParams(location.search).has("choose")) return;
  const offered = [...document.querySelectorAll("nav a[hreflang]")];
  for (const wanted of navigator.languages ?? [navigator.language]) {
    const own = offered.find((link) => link.hreflang === wanted.toLowerCase().split("-")[0]);
    if (own) {
      location.replace(own.href);
      return;
    }
  }
})();
