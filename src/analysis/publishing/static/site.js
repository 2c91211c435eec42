// What a page needs before it is shown, the colours that the reader chose, and buttons that copy. No page depends on it.
(() => {
  const root = document.documentElement;
  const stored = (write) => { try { return write(localStorage); } catch { return null; } }; // it may be forbidden
  const chosen = stored((store) => store.getItem("colours"));
  if (chosen) root.dataset.theme = chosen;

  const colours = () => {
    const button = document.querySelector("button.dark");
    if (!button) return;
    const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const show = () => button.setAttribute("aria-pressed", dark());
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      stored((store) => store.setItem("colours", root.dataset.theme));
      show();
    });
    button.hidden = false;
    show();
  };

  const copying = () => {
    if (!navigator.clipboard) return;
    for (const box of document.querySelectorAll("details.cite")) {
      for (const text of box.querySelectorAll(".cited, pre")) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "copy";
        button.textContent = box.dataset.copy;
        button.addEventListener("click", async () => {
          await navigator.clipboard.writeText(text.textContent);
          button.textContent = box.dataset.copied;
          setTimeout(() => { button.textContent = box.dataset.copy; }, 2000);
        });
        text.after(button);
      }
    }
  };

  document.addEventListener("DOMContentLoaded", () => { colours(); copying(); });
})();
