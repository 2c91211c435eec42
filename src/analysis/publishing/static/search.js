// Fits Sphinx's search to the book: words in the reader's language, and no difference between letters with accents and without.
const SPHINX_HIGHLIGHT_ENABLED = false; // it would keep the words searched for
Object.assign(Documentation.TRANSLATIONS, JSON.parse(document.getElementById("search-words").textContent));
{
  const Own = Stemmer;
  Stemmer = function () {
    const own = new Own();
    this.stemWord = (word) => own.stemWord(word.toLowerCase().normalize("NFD").replace(/\p{M}/gu, ""));
  };
}
document.addEventListener("DOMContentLoaded", () => Search.status?.setAttribute("role", "status"));
