// Makes the rows of a listing searchable where it asks for it: `data-search` is the label of the field, `data-found` the
// words for what is left, with {shown} and {total} in it. Without this script the whole table is there to read.
(() => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[‘’]/g, "'").toLowerCase();

  const prepare = (listing, number) => {
    const rows = [...listing.querySelectorAll("tbody tr")].map((row) => ({
      row, text: plain([...row.cells].map((cell) => cell.textContent).join(" ")),
    }));
    const box = document.createElement("div"), label = document.createElement("label");
    const field = document.createElement("input"), status = document.createElement("p");
    box.className = "listing-search";
    field.id = `search-${listing.id || number}`;
    label.htmlFor = field.id;
    label.textContent = listing.dataset.search;
    field.type = "search";
    field.autocomplete = "off";
    status.setAttribute("role", "status");

    const show = () => {
      const words = plain(field.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { row, text } of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      const found = listing.dataset.found || "{shown} / {total}";
      status.textContent = found.replace("{shown}", shown).replace("{total}", rows.length);
    };
    field.addEventListener("input", show);
    box.append(label, " ", field, status);
    listing.querySelector(".table-scroll").before(box);
    show();
  };

  const start = () => document.querySelectorAll(".listing[data-search]").forEach(prepare);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
