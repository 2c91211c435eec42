"""Checking a built book: whatever is changed in it is found and named, and nothing else."""

import os
import random
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from browsing import HTML
from conftest import ROOT, Study, copy_of_compendium, run_study

from analysis import files
from analysis.errors import StudyError
from analysis.execution.runner import Options
from analysis.publishing import receipted
from analysis.review.books import Book, find_book
from analysis.review.comparer import Difference
from analysis.review.pictures import RENDERING
from analysis.review.verify import compare_books, find_claim, page_differences, picture_traces

built = pytest.mark.built
PLACES = 50


@pytest.fixture(scope="module")
def true() -> Book:
    """Give the English book as it was built."""
    return Book({"en": HTML / "en"}, None, (ROOT / "_build" / "pdf" / "en.pdf",))


@pytest.fixture(scope="module")
def copy(true: Book, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Give a copy of it to tamper with."""
    folder = tmp_path_factory.mktemp("book")
    shutil.copytree(true.sites["en"], folder / "html" / "en")
    (folder / "pdf").mkdir()
    shutil.copy(true.pdfs[0], folder / "pdf")
    return find_book(folder)


class Tampered:
    """A file of a book that is changed for a while."""

    def __init__(self, file: Path, content: bytes) -> None:
        self.file, self.content, self.before = file, content, file.read_bytes()

    def __enter__(self) -> Path:
        assert self.content != self.before
        self.file.write_bytes(self.content)
        return self.file

    def __exit__(self, *_error: object) -> None:
        self.file.write_bytes(self.before)


def another(digit: str, chance: random.Random) -> str:
    return chance.choice([other for other in "0123456789" if other != digit])


def digit_changed(text: str, places: list[int], chance: random.Random) -> str:
    place = chance.choice(places)
    return text[:place] + another(text[place], chance) + text[place + 1 :]


def pixel(site: Path, chance: random.Random) -> tuple[Path, str]:
    """Move something in a picture by one digit of a coordinate, or paint it otherwise."""
    file = chance.choice(sorted((site / "_static" / "exhibits").glob("*.svg")))
    text = file.read_text(encoding="utf-8")
    places = [
        n
        for one in re.finditer(r' (?:d|x|y|transform|style)="([^"]*)"', text)
        for n in range(*one.span(1))
        if text[n].isdigit()
    ]
    return file, digit_changed(text, places, chance)


def sentence(site: Path, chance: random.Random, pages: Sequence[Path] = ()) -> tuple[Path, str]:
    """Change one digit of a computed sentence on a page."""
    while True:
        file = chance.choice(pages or sorted(site.rglob("*.html")))
        text = file.read_text(encoding="utf-8")
        spans = [one.span(1) for one in re.finditer(r'<p id="s-[\w-]+" class="\w+"[^>]*>(.*?)</p>', text)]
        places = [n for span in spans for n in range(*span) if text[n].isdigit()]
        if places:
            return file, digit_changed(text, places, chance)


def value(site: Path, chance: random.Random) -> tuple[Path, str]:
    """Change one digit of a download."""
    file = chance.choice(sorted((site / "_static" / "exhibits").glob("*.csv")))
    text = file.read_bytes().decode("utf-8")
    head = text.index("\n")
    return file, digit_changed(text, [n for n in range(head, len(text)) if text[n].isdigit()], chance)


def receipt(site: Path, chance: random.Random) -> tuple[Path, str]:
    """Change one digit of a receipt."""
    documents = [file for file in site.rglob("*.json") if receipted.is_document(file.relative_to(site).as_posix())]
    file = chance.choice(sorted(documents))
    text = file.read_text(encoding="utf-8")
    return file, digit_changed(text, [n for n, letter in enumerate(text) if letter.isdigit()], chance)


Tampering = Callable[[Path, random.Random], tuple[Path, str]]


@built
@pytest.mark.parametrize("seed", range(PLACES))
@pytest.mark.parametrize("tampering", [pixel, sentence, value, receipt], ids=lambda one: one.__name__)
def test_every_tampering_is_found(true: Book, copy: Book, tampering: Tampering, seed: int) -> None:
    file, text = tampering(copy.sites["en"], random.Random(seed))
    with Tampered(file, text.encode()):
        (found,) = compare_books(copy, true).wrong
    assert found.page == f"html/en/{file.relative_to(copy.sites['en']).as_posix()}"
    if tampering is pixel:
        assert "is not the one that its receipt names" in found.what
        assert found.pictures == (text.encode(), file.read_bytes())
    elif tampering is sentence:
        assert re.fullmatch(r"sentence 's-[\w-]+'", found.subject)
        assert found.texts[0] != found.texts[1]
    elif "cannot be read" not in found.what:
        assert [detail for detail in found.details if detail.before != detail.after]


@built
def test_an_untouched_copy_is_identical(true: Book, copy: Book) -> None:
    result = compare_books(copy, true)
    assert not result.differences
    assert result.same["files"] == len(list(copy.files())) > 500
    claims = [claim for page in receipted.pages(copy.sites["en"]) for claim in page["claims"]]
    assert result.same["exhibits"] == sum(claim["kind"] == "exhibit" for claim in claims) > 100
    assert result.same["sentences"] == len(claims) - result.same["exhibits"] > 1000


@built
@pytest.mark.parametrize("seed", range(6))
def test_one_changed_byte_of_a_print_edition_is_found(true: Book, copy: Book, seed: int) -> None:
    chance, file = random.Random(seed), copy.pdfs[0]
    content = bytearray(file.read_bytes())
    place = chance.randrange(len(content))
    content[place] ^= 1 << chance.randrange(8)
    with Tampered(file, bytes(content)):
        result = compare_books(Book(pdfs=copy.pdfs), true)
    assert [one.page for one in result.wrong] == ["pdf/en.pdf"]


@built
@pytest.mark.parametrize("seed", range(20))
def test_any_changed_byte_of_any_file_is_found(true: Book, copy: Book, seed: int) -> None:
    chance = random.Random(seed)
    name, file = chance.choice([(name, file) for name, file in copy.files() if file.stat().st_size])
    content = bytearray(file.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    with Tampered(file, bytes(content)):
        assert {one.page for one in compare_books(copy, true).wrong} == {name}


@built
def test_a_picture_that_was_changed_together_with_its_receipt_is_found(true: Book, copy: Book) -> None:
    site = copy.sites["en"]
    picture = site / "_static" / "exhibits" / "2017-economy-answers.svg"
    kept = site / receipted.file_of("editions/2017/economy")
    before = picture.read_bytes()
    forged = before.replace(b"#0072b2", b"#d55e00")
    text = kept.read_text(encoding="utf-8").replace(files.digest(before), files.digest(forged))
    with Tampered(picture, forged), Tampered(kept, text.encode()):
        result = compare_books(copy, true)
    assert "the picture of exhibit '2017-economy-answers' differs from what its data give" in [
        one.what for one in result.wrong
    ]


@built
def test_a_picture_that_another_machine_renders_a_little_otherwise_is_told_apart(true: Book, copy: Book) -> None:
    """A book whose picture, receipt, page and notebook come from a machine that rounds otherwise."""
    site = copy.sites["en"]
    picture = site / "_static" / "exhibits" / "2017-economy-answers.svg"
    before = picture.read_bytes()
    number = re.search(rb'd="M (\d+\.\d+) ', before)
    assert number is not None
    moved = f"{float(number[1]) + 0.01:.6f}".encode()
    other = before[: number.start(1)] + moved + before[number.end(1) :]
    pages = [site / receipted.file_of("editions/2017/economy"), site / "editions" / "2017" / "economy.html"]
    pages += [
        file
        for file in (site / "_sources").rglob("*.ipynb")
        if "2017-economy-answers" in file.read_text(encoding="utf-8")
    ]
    holding = [
        file
        for file in [*site.rglob("*.html"), *site.rglob("*.json"), *pages]
        if "_static/notebooks" not in file.as_posix()
    ]
    changed = {
        file: text
        for file in dict.fromkeys(holding)
        if (text := rendered(file, before, other)) != file.read_text(encoding="utf-8")
    }
    kept = {file: file.read_bytes() for file in [picture, *changed]}
    try:
        picture.write_bytes(other)
        for file, text in changed.items():
            file.write_bytes(text.encode())
        result = compare_books(copy, true)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)
    assert len(changed) >= 2
    assert not result.wrong
    assert any("same numbers, picture differs by rendering" in one.what for one in result.differences)
    assert {one.how for one in result.differences} == {RENDERING}


def rendered(file: Path, before: bytes, after: bytes) -> str:
    text = file.read_text(encoding="utf-8")
    for one, other in picture_traces(before, after).items():
        text = text.replace(one, other)
    return text


@built
def test_a_file_that_is_missing_or_does_not_belong_is_named(true: Book, copy: Book) -> None:
    site = copy.sites["en"]
    gone, new = site / "factors.html", site / "new.html"
    kept = gone.read_bytes()
    try:
        gone.unlink()
        new.write_text("x", encoding="utf-8")
        found = {one.page: one.what for one in compare_books(copy, true).wrong}
    finally:
        gone.write_bytes(kept)
        new.unlink()
    assert found == {
        "html/en/factors.html": "the file is missing in the book",
        "html/en/new.html": "the file is not part of the book",
    }


# one claim


def checked(book: Book, address: str) -> list[Difference]:
    return page_differences(book, *find_claim(book, address), Options())


@built
@pytest.mark.parametrize("address", ["2017-economy-asked", "factors#s-opening-1", "editions/2017/economy#title"])
def test_a_listing_or_a_sentence_is_checked_by_its_name(copy: Book, address: str) -> None:
    assert checked(copy, address) == []


@built
def test_tampering_is_found_by_the_check_of_the_one_and_of_its_page(copy: Book) -> None:
    site, chance = copy.sites["en"], random.Random(1)
    page = site / "editions" / "2017" / "economy.html"
    text = page.read_text(encoding="utf-8")
    picture = site / "_static" / "exhibits" / "2017-economy-answers.svg"
    data = picture.with_suffix(".csv")
    kept = site / receipted.file_of("editions/2017/economy")
    assert checked(copy, "editions/2017/economy") == []
    with (
        Tampered(page, text.replace("half lie between 0.49", "half lie between 0.48").encode()),
        Tampered(picture, changed_digit(picture, chance)),
        Tampered(data, changed_digit(data, chance)),
        Tampered(kept, kept.read_bytes().replace(b'"s-opening-1"', b'"s-opening-9"')),
    ):
        found = {one.id: one for one in checked(copy, "editions/2017/economy")}
        assert checked(copy, "2017-economy-asked") == []
    spoken = found.pop("s-cities-1")
    assert ("0.48 and 0.85" in spoken.texts[0], "0.49 and 0.85" in spoken.texts[1]) == (True, True)
    assert {"data", "picture"} <= found.pop("2017-economy-answers").parts
    # the page opens with the sentence too, and with the one whose receipt has another name
    assert found.keys() == {"s-opening-1", "s-opening-2"}


@built
def test_a_picture_moved_a_little_passes_for_another_rendering_only_if_its_receipt_names_it(copy: Book) -> None:
    site = copy.sites["en"]
    picture = site / "_static" / "exhibits" / "factors-overview.svg"
    kept = site / receipted.file_of("factors")
    before = picture.read_bytes()
    number = re.search(rb'd="M (\d+\.\d+) ', before)
    assert number is not None
    other = before[: number.start(1)] + f"{float(number[1]) + 0.01:.4f}".encode() + before[number.end(1) :]
    with Tampered(picture, other):
        (difference,) = checked(copy, "factors-overview")
        assert (difference.how, difference.what) == ("changed", "the picture is not the one that its receipt names")
        text = kept.read_text(encoding="utf-8").replace(files.digest(before), files.digest(other))
        with Tampered(kept, text.encode()):
            (difference,) = checked(copy, "factors-overview")
            assert difference.how == RENDERING


def changed_digit(file: Path, chance: random.Random) -> bytes:
    """Change a digit in the middle of a picture or of a download."""
    text = file.read_bytes().decode("utf-8")
    half = text[len(text) // 2 :]
    return (
        text[: len(text) // 2] + digit_changed(half, [n for n, one in enumerate(half) if one.isdigit()][:1], chance)
    ).encode()


@built
def test_an_unknown_name_is_answered_with_a_like_one(copy: Book) -> None:
    with pytest.raises(StudyError, match="Did you mean '2017-economy-answers'"):
        find_claim(copy, "2017-economy-answer")
    with pytest.raises(StudyError, match="No receipt of the book names 'nowhere#s-opening-1'"):
        find_claim(copy, "nowhere#s-opening-1")


# where a book is


def test_without_a_book_the_message_says_what_to_do(study: Study) -> None:
    for arguments in ([], ["2017-economy-answers"]):
        result = study("verify", *arguments)
        assert (result.returncode, result.stdout) == (1, "")
        assert "There is no book in _build. Build it with `study book`" in result.stderr


def test_what_is_no_book_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="holds no book"):
        find_book(tmp_path)
    (tmp_path / "en.pdf").write_bytes(b"hello")
    with pytest.raises(StudyError, match="neither a folder nor a PDF"):
        find_book(tmp_path / "en.pdf")
    with pytest.raises(StudyError, match="There is no book in"):
        find_book(tmp_path / "nowhere")


@built
def test_a_book_is_found_as_it_lies(true: Book, tmp_path: Path) -> None:
    english = find_book(HTML / "en")
    assert english.sites == {"en": HTML / "en"}
    assert find_book(HTML.parent, "en").languages == ["en"]
    assert "es" in find_book(HTML).languages
    os.symlink(HTML, tmp_path / "site")  # as an evidence bundle has it
    assert find_book(tmp_path).languages == find_book(HTML).languages
    assert find_book(true.pdfs[0]).languages == ["en"]


# all of it


@pytest.mark.slow
def test_a_fresh_small_build_is_verified_whole_and_what_is_tampered_with_is_named(tmp_path: Path) -> None:
    """The briefs in Basque: the smallest book that the study builds."""
    root = copy_of_compendium(tmp_path / "compendium")
    matrix = root / "data" / "study.yml"
    text = matrix.read_text(encoding="utf-8")
    matrix.write_text(text.replace("built: false, briefs: false", "built: false, briefs: true"), encoding="utf-8")
    assert run_study(root, "book", "--lang", "eu").returncode == 0
    clean = run_study(root, "verify", "--lang", "eu")
    assert (clean.returncode, clean.stderr) == (0, "")
    counted = re.search(r"(\d+) files, (\d+) exhibits and (\d+) sentences and tables are identical \(eu;", clean.stdout)
    assert counted
    assert all(int(number) > 5 for number in counted.groups())

    page = root / "_build" / "html" / "eu" / "editions" / "2019" / "brief.html"
    kept = root / "_build" / "html" / "eu" / receipted.file_of("editions/2019/brief")
    gone = root / "_build" / "html" / "eu" / "editions" / "2012" / "brief.html"
    changed, name = sentence(page.parent, random.Random(2019), [page])[1], "html/eu/editions/2019/brief.html"
    page.write_text(changed, encoding="utf-8")
    kept.write_text(re.sub(r'("rows": )\d+', r"\g<1>987", kept.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    gone.unlink()
    about = root / "_build" / "html" / "eu" / receipted.BOOK
    about.write_text(re.sub(r'("version": ")[^"]*', r"\g<1>0.0.9", about.read_text(encoding="utf-8")), encoding="utf-8")
    spoilt = run_study(root, "verify", "--lang", "eu")
    assert (spoilt.returncode, spoilt.stdout) == (1, "")
    assert "4 files differ from what the data and the code give." in spoilt.stderr
    assert "The book was built by version 0.0.9" in spoilt.stderr
    assert re.search(rf"{name}\n +sentence 's-[\w-]+': .*\n +the book has “.+”, the data give “.+”", spoilt.stderr)
    assert re.search(
        r"html/eu/editions/2019/brief.json: .*\n.*rows: the book has “987”, the data give “\d+”", spoilt.stderr
    )
    assert "html/eu/editions/2012/brief.html: the file is missing in the book" in spoilt.stderr
    report = (root / "_build" / "verify" / "index.html").read_text(encoding="utf-8")
    assert "<del>" in report
    assert name in report
