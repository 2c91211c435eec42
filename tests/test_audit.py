"""Official files are built here in the layouts of the sources, with our real values, and then something is planted."""

import csv
import gzip
import io
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT
from openpyxl import Workbook

from analysis import cli, commands, paths, tables
from analysis.audit import comparing, digits, report
from analysis.audit.comparing import DIFFERS, MISSING, NEW, UNPLACED, Audit, audit_file
from analysis.audit.declarations import FILE, declared_sources, read_sources
from analysis.audit.downloads import WrongFile
from analysis.errors import InvalidData, StudyError

SOURCES = declared_sources()
Cell = tuple[str, str, int, str]  # indicator, place, year, value
with (ROOT / "data" / "indicators" / "values.csv").open(
    encoding="utf-8", newline=""
) as _file:  # not through our reader
    _ROWS = list(csv.DictReader(_file))
with (ROOT / "data" / "indicators" / "city_matching.csv").open(encoding="utf-8", newline="") as _file:
    _MATCHED = list(csv.DictReader(_file))

# by hand, from the lists of the sources
M49 = {"ESP": 724, "FRA": 250, "NAM": 516, "KOR": 410, "BOL": 68, "AFG": 4}
UN_NAMES = {
    "ESP": "Spain ", "FRA": "France", "NAM": "Namibia ", "KOR": "Republic of Korea ", "BOL": "Bolivia ", "AFG": "Afghanistan",
    "GEO": "Georgia (Country)", "TUR": "Türkiye", "CIV": "Côte d'Ivoire ", "VNM": "Viet Nam ", "GMB": "Gambia ",
    "GBR": "United Kingdom of Great Britain and Northern Ireland", "COD": "Democratic Republic of the Congo ",
    "COG": "Congo ", "PRK": "Democratic People's Republic of Korea ", "MKD": "North Macedonia", "SSD": "South Sudan",
}  # fmt: skip


def ours(source: str, indicators: Iterable[str], places: Iterable[str] | None = None) -> list[Cell]:
    wanted, here = set(indicators), None if places is None else set(places)
    return [
        (row["indicator_id"], row["place_id"], int(row["year"]), row["value"])
        for row in _ROWS
        if row["source_id"] == source and row["indicator_id"] in wanted and (here is None or row["place_id"] in here)
    ]


def as_text(rows: Iterable[Sequence[object]], delimiter: str = ",", quote: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quote, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode()


def as_workbook(*pages: tuple[str, Iterable[Sequence[object]]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    del book["Sheet"]
    for title, rows in pages:
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    book.save(out)
    return out.getvalue()


def columns(text: str) -> list[str]:
    return text.split(",")


def number(text: str) -> object:
    return float(text) if text else None


# -- the layouts ------------------------------------------------------------------------------------------------------

SDG_SERIES = {"eco_unemployment": "SL_TLF_UEM", "liv_homicide": "VC_IHR_PSRC", "env_waste_collection": "EN_REF_WASCOL"}


def sdg(cells: Sequence[Cell]) -> bytes:
    head = columns(
        "Goal,Target,Indicator,SeriesCode,SeriesDescription,GeoAreaCode,GeoAreaName,TimePeriod,Value,Time_Detail"
        ",TimeCoverage,UpperBound,LowerBound,BasePeriod,Source,GeoInfoUrl,FootNote,[Age],[Cities],[Nature]"
        ",[Reporting Type],[Sex],[Units]"
    )
    codes = {row["place_id"]: row["source_place"].upper() for row in _MATCHED if row["source_id"] == "sdg_un_2023"}
    rows: list[Sequence[object]] = [head]
    for one, place, year, text in cells:
        city = codes[place] if one == "env_waste_collection" else ""
        age, sex = ("15+", "BOTHSEX") if one == "eco_unemployment" else ("", "BOTHSEX")
        start = ["8", "8.5", "8.5.2", SDG_SERIES[one], "A series (%)", M49.get(place, 4), "A place, and more"]
        rest = ["", "", "", "", "", "A source", "", "", age, city, "C", "G", sex, "PERCENT"]
        rows.append([*start, year, text, str(year), *rest[1:]])
        if one == "eco_unemployment":  # parts, which are not ours
            young, men = [*rest[1:]], [*rest[1:]]
            young[7], men[11] = "15-24", "MALE"
            rows += [[*start, year, "99.9", str(year), *young], [*start, year, "88.8", str(year), *men]]
    return as_text(rows)


def world_bank(cells: Sequence[Cell], preamble: bool = True) -> bytes:
    """Write the file of data.worldbank.org: four lines above, and a comma at the end of each row."""
    codes = {"eco_gdp_pc_ppp": "NY.GDP.PCAP.PP.KD", "peo_internet_users": "IT.NET.USER.ZS",
             "gov_voice": "VA.EST", "gov_effectiveness": "GE.EST"}  # fmt: skip
    years = list(range(1960, 2026))
    rows: list[Sequence[object]] = []
    if preamble:
        rows += [["Data Source", "World Development Indicators", ""], [], ["Last Updated Date", "2026-01-28", ""], []]
    rows.append(["Country Name", "Country Code", "Indicator Name", "Indicator Code", *map(str, years), ""])
    for one, place in dict.fromkeys((one, place) for one, place, _, _ in cells):
        found = {year: text for a, b, year, text in cells if (a, b) == (one, place)}
        rows.append(
            ["Some country", place, "Some indicator (%)", codes[one], *(found.get(year, "") for year in years), ""]
        )
    rows.append(["World", "WLD", "Some indicator (%)", codes[cells[0][0]], *("1" for _ in years), ""])
    return as_text(rows, quote=csv.QUOTE_ALL)


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def world_bank_zip(cells: Sequence[Cell]) -> bytes:
    parts = {
        "Metadata_Indicator_API_X_DS2_en_csv_v2_1.csv": b'"INDICATOR_CODE","INDICATOR_NAME",\n"X","Y",\n',
        "API_X_DS2_en_csv_v2_1.csv": b"\xef\xbb\xbf" + world_bank(cells),
        "Metadata_Country_API_X_DS2_en_csv_v2_1.csv": b'"Country Code","Region",\n"ABW","Latin America",\n',
    }
    return _zip(parts)


def hdr(cells: Sequence[Cell]) -> bytes:
    """Write it in the encoding of UNDP."""
    years = list(range(1990, 2024))
    rows: list[Sequence[object]] = [
        [
            "iso3",
            "country",
            "hdicode",
            "region",
            "hdi_rank_2023",
            *(f"hdi_{y}" for y in years),
            *(f"le_{y}" for y in years),
        ]
    ]
    for place in dict.fromkeys(place for _, place, _, _ in cells):
        found = {year: text for _, b, year, text in cells if b == place}
        rows.append([place, "Côte", "High", "SSA", 9, *(found.get(y, "") for y in years), *("60.1" for _ in years)])
    return as_text(rows).decode().encode("cp1252")


def wgi(cells: Sequence[Cell]) -> bytes:
    old = {"COD": "ZAR", "AND": "ADO"}
    head = columns(
        "codeindyr,code,countryname,year,indicator,estimate,stddev,nsource,pctrank,pctranklower,pctrankupper"
    )
    codes = {"gov_voice": "va", "gov_effectiveness": "ge"}
    rows: list[Sequence[object]] = [head]
    for one, place, year, text in cells:
        code = old.get(place, place)
        rows.append([f"{code}{codes[one]}{year}", code, "X", year, codes[one], number(text), 0.2, 8, 50.5, 40.1, 60.2])
    rows.append(["ADOcc1996", "ADO", "Andorra", 1996, "cc", 1.3, 0.5, 1, 87.1, 72.0, 96.7])
    return as_workbook(("Sheet1", rows))


def egov(cells: Sequence[Cell], names: Mapping[str, str] = UN_NAMES) -> bytes:
    head = columns(
        "Survey Year,Country Name,E-Government Rank,E-Government Index,E-Participation Index,Online Service Index"
        ",Human Capital Index,Telecommunication Infrastructure Index"
    )
    rows: list[Sequence[object]] = [head]
    for place, year in dict.fromkeys((place, year) for _, place, year, _ in cells):
        found = {one: text for one, b, c, text in cells if (b, c) == (place, year)}
        rows.append([year, names[place], 9, found.get("gov_egdi", ""), found.get("gov_epi", ""), "0.1", "0.2", "0.3"])
    return as_text(rows)


def wup(cells: Sequence[Cell]) -> bytes:
    named = {row["place_id"]: row["source_place"] for row in _MATCHED if row["source_id"] == "wup_2018"}
    points = tables.read("cities").set_index("place_id")
    years = list(range(1950, 2040, 5))
    head = columns("Index,Country Code,Country or area,City Code,Urban Agglomeration,Note,Latitude,Longitude")
    rows: list[Sequence[object]] = [[None, None, "United Nations"] for _ in range(16)]
    rows.append([*head, *years])
    codes = {"ESP": 724, "FRA": 250, "USA": 840}
    for place in dict.fromkeys(place for _, place, _, _ in cells):
        point = points.loc[place]
        found = {year: number(text) for _, b, year, text in cells if b == place}
        start = [1, codes[str(point["iso3"])], "X", 99, named[place], None, point["latitude"] + 0.1, point["longitude"]]
        rows.append([*start, *(found.get(year) for year in years)])
    return as_workbook(("DATA", rows), ("NOTES", [["Notes"], ["(1) ..."]]))


EUROSTAT_SERIES = {"eco_unemployment_city": ["EC1020I"], "peo_poverty_city": ["EC3065V"], "env_green_share": ["EN5205V"],
                   "eco_job_ease_city": ["PS2012V", "PS2013V"]}  # fmt: skip


def _city_codes() -> dict[str, str]:
    eurostat = [row for row in _MATCHED if row["source_id"].startswith("eurostat_urban") and row["place_id"]]
    return {row["place_id"]: row["source_place"].split()[0] for row in eurostat}


def _shares(one: str, text: str) -> list[str]:
    if len(EUROSTAT_SERIES[one]) == 1 or not text.replace(".", "").isdigit():
        return [text] * len(EUROSTAT_SERIES[one])
    return [f"{float(text) - 1.2:.1f}", "1.2"]  # strongly agree, somewhat agree


def eurostat_tsv(cells: Sequence[Cell]) -> bytes:
    years, codes = list(range(1990, 2026)), _city_codes()
    lines = ["freq,indic_ur,cities\\TIME_PERIOD\t" + "\t".join(f"{year} " for year in years)]
    for one, place in dict.fromkeys((one, place) for one, place, _, _ in cells):
        found = {year: _shares(one, text) for a, b, year, text in cells if (a, b) == (one, place)}
        for number_of, series in enumerate(EUROSTAT_SERIES[one]):
            texts = [f"{found[year][number_of]} e" if year in found else ": " for year in years]
            lines.append(f"A,{series},{codes[place]}\t" + "\t".join(texts))
    return ("\n".join(lines) + "\n").encode()


def eurostat_csv(cells: Sequence[Cell], labels: bool = False) -> bytes:
    codes = _city_codes()
    head = columns("DATAFLOW,LAST UPDATE,freq,indic_ur,cities,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS")
    rows: list[Sequence[object]] = [head]
    for one, place, year, text in cells:
        for series, share in zip(EUROSTAT_SERIES[one], _shares(one, text), strict=True):
            city, name = (
                f"{codes[place]}{': Somewhere' if labels else ''}",
                f"{series}{': A variable' if labels else ''}",
            )
            rows.append(["ESTAT:URB_CLMA(1.0)", "22/05/26 11:00:00", "A", name, city, year, share, "b", ""])
    return as_text(rows)


def prosperity(cells: Sequence[Cell]) -> bytes:
    head = columns(
        "Country,City,City Prosperity Index (CPI) with 5 Dimensions,City Prosperity Index (CPI) with 4 Dimensions"
        ",Productivity Index,Quality of life Index,Infrastructure Index,Enivronment Index,Equity Index"
    )  # fmt: skip
    order = (
        "eco_cpi_productivity",
        "liv_cpi_quality_of_life",
        "mob_cpi_infrastructure",
        "env_cpi_environment",
        "peo_cpi_equity",
    )
    names = {"3117735": ("Spain", "Madrid"), "3128760": ("Spain", "Barcelona"), "2220957": ("Cameroon", "Yaoundé "),
             "3448439": ("Brazil", "São Paulo"), "1835848": ("Republic of Korea", "Seoul"), "2293538": ("Côte d'Ivoire", "Abidjan")}  # fmt: skip
    rows: list[Sequence[object]] = [head]
    for place in dict.fromkeys(place for _, place, _, _ in cells):
        found = {one: number(text) for one, b, _, text in cells if b == place}
        rows.append([*names[place], 0.5, 0.5, *(found.get(one) for one in order)])
    return as_workbook(("CPI", rows))


def access(cells: Sequence[Cell]) -> bytes:
    named = {row["place_id"]: row for row in _MATCHED if row["source_id"] == "sdg_un_2024_360info"}
    rows: list[Sequence[object]] = [
        columns("country_iso2,country_name,city,region,subregion,geoname_id,lat,lon,year,population,pct_pt_access")
    ]
    for _, place, year, text in cells:
        row = named[place]
        rows.append([row["iso2"], "X", row["source_place"].capitalize(), "NA", "NA", 1, 2.5, 3.5, year, 900, text])
    return as_text(rows)


@dataclass(frozen=True)
class Case:
    """A source, the layout of its file, and values of ours to put into it."""

    source: str
    layout: Callable[[Sequence[Cell]], bytes]
    name: str
    indicators: tuple[str, ...]
    places: tuple[str, ...] | None = None

    @property
    def cells(self) -> list[Cell]:
        return ours(self.source, self.indicators, self.places)


COUNTRIES = ("ESP", "FRA", "NAM", "KOR", "BOL", "AFG")
_CITIES = tuple(_city_codes())[:60]
_SEEN = {row["place_id"] for row in _MATCHED if row["source_id"] == "sdg_un_2023" and row["place_id"]}
_TWICE = {"201521", "2925533"}  # two names of the source for one city
CASES = {
    "sdg": Case("sdg_un_2023", sdg, "8.5.2.csv", ("eco_unemployment", "liv_homicide"), COUNTRIES),
    "sdg, cities": Case("sdg_un_2023", sdg, "11.6.1.csv", ("env_waste_collection",),
                        tuple(sorted({row["place_id"] for row in _ROWS if row["indicator_id"] == "env_waste_collection"} - _TWICE))[:40]),
    "world bank": Case("wdi_systema_globalis", world_bank, "API_X.csv", ("eco_gdp_pc_ppp", "peo_internet_users"), COUNTRIES),
    "world bank, zip": Case("wdi_systema_globalis", world_bank_zip, "API_X.zip", ("eco_gdp_pc_ppp",), COUNTRIES),
    "undp": Case("undp_hdi_systema_globalis", hdr, "HDR25.csv", ("peo_hdi",), COUNTRIES),
    "wgi": Case("wgi_2024", wgi, "wgidataset.xlsx", ("gov_voice", "gov_effectiveness"), ("ESP", "COD", "AND", "NAM")),
    "wgi, api": Case("wgi_2024", world_bank, "API_GE.EST.csv", ("gov_voice", "gov_effectiveness"), ("ESP", "COD", "NAM")),
    "egov": Case("egdi_un_2008_2022", egov, "EGOV_DATA.csv", ("gov_egdi", "gov_epi"), tuple(UN_NAMES)),
    "egov 2024": Case("egdi_un_2024", egov, "EGOV_DATA_2024.csv", ("gov_egdi", "gov_epi"), tuple(UN_NAMES)),
    "wup": Case("wup_2018", wup, "WUP2018-F12.xlsx", ("ctx_city_population",),
                ("3128760", "2988507", "5339111", "4461574")),  # two Concords among them
    "eurostat, tsv": Case("eurostat_urban_audit_2026", eurostat_tsv, "estat_urb_clma.tsv",
                          ("eco_unemployment_city", "peo_poverty_city"), _CITIES),
    "eurostat, csv": Case("eurostat_urban_audit", eurostat_csv, "estat_urb_cenv.csv", ("env_green_share",), _CITIES),
    "eurostat, labels": Case("eurostat_urban_audit_2026", lambda cells: eurostat_csv(cells, labels=True), "urb_clma_linear.csv",
                             ("eco_unemployment_city",), _CITIES),
    "eurostat, added up": Case("eurostat_perception_2023", eurostat_tsv, "estat_urb_percep.tsv", ("eco_job_ease_city",), _CITIES),
    "prosperity": Case("unhabitat_cpi_2012", prosperity, "city-prosperity.xlsx", ("eco_cpi_productivity", "peo_cpi_equity"),
                       ("3117735", "3128760", "2220957", "3448439", "1835848", "2293538")),
    "access": Case("sdg_un_2024_360info", access, "pt-access.csv", ("mob_pt_access",),
                   tuple(sorted({row["place_id"] for row in _ROWS if row["source_id"] == "sdg_un_2024_360info"} - _TWICE))[:50]),
}  # fmt: skip


def audited(folder: Path, case: Case, cells: Sequence[Cell]) -> Audit:
    file = folder / case.name
    file.write_bytes(case.layout(cells))
    return audit_file(case.source, file)


def about(found: Audit, what: str, case: Case) -> list[comparing.Difference]:
    """Give the differences at the places that the small file of the test has."""
    places = {place for _, place, _, _ in case.cells}
    return [one for one in found.of(what) if one.place in places and one.indicator in case.indicators]


# -- what is planted --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_official_file_with_our_values_agrees(case: Case, tmp_path: Path) -> None:
    cells = case.cells
    assert len(cells) >= 4
    found = audited(tmp_path, case, cells)
    assert found.same.total() == len(cells)
    assert found.rounded.total() == 0
    assert about(found, DIFFERS, case) == about(found, MISSING, case) == about(found, NEW, case) == []
    assert not found.of(DIFFERS)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_one_changed_digit_is_found_with_both_values(case: Case, tmp_path: Path) -> None:
    cells = case.cells
    at = next(n for n, cell in reversed(list(enumerate(cells))) if ("." in cell[3] and cell[3][-1] != "0" and float(cell[3]) > 1.3)
              or case.source.startswith(("unhabitat", "egdi", "undp", "wgi")))  # fmt: skip
    one, place, year, text = cells[at]
    place_of_digit = next(n for n in range(len(text) - (9 if len(text) > 12 else 1), 0, -1) if text[n].isdigit())
    changed = text[:place_of_digit] + ("5" if text[place_of_digit] != "5" else "6") + text[place_of_digit + 1 :]
    found = audited(tmp_path, case, [*cells[:at], (one, place, year, changed), *cells[at + 1 :]])
    (difference,) = found.of(DIFFERS)
    assert (difference.indicator, difference.place, difference.year) == (one, place, year)
    assert float(difference.ours) == float(text)
    assert float(difference.theirs) == float(changed)
    assert not found.agrees


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_value_that_the_file_lacks_is_found(case: Case, tmp_path: Path) -> None:
    cells = case.cells
    at = next(n for n, cell in enumerate(cells) if sum(cell[0] == a and cell[2] == c for a, _, c, _ in cells) > 1)
    found = audited(tmp_path, case, [*cells[:at], *cells[at + 1 :]])
    assert [(one.indicator, one.place, one.year) for one in about(found, MISSING, case)] == [cells[at][:3]]
    assert not found.agrees


@pytest.mark.parametrize("name", ["sdg", "sdg, cities", "eurostat, tsv", "eurostat, labels"])
def test_a_value_that_we_lack_is_found(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    cells, every = case.cells, {(row["indicator_id"], row["place_id"], int(row["year"])) for row in _ROWS}
    places, years = {place for _, place, _, _ in cells}, {(one, year) for one, _, year, _ in cells}
    absent = sorted({(one, place, year) for one, year in years for place in places} - every)
    found = audited(tmp_path, case, [*cells, (*absent[0], "12.3")])
    assert [(one.indicator, one.place, one.year, one.theirs) for one in found.of(NEW)] == [(*absent[0], "12.3")]
    assert not found.of(DIFFERS)


@pytest.mark.parametrize(
    ("name", "more", "same"),
    [
        ("world bank", "21", True), ("world bank", "61", False),  # our copy has five decimals
        ("eurostat, tsv", "4", True), ("eurostat, tsv", "6", False),  # two
    ],
)  # fmt: skip
def test_more_digits_in_the_file_are_the_same_as_far_as_our_copy_goes(
    name: str, more: str, same: bool, tmp_path: Path
) -> None:
    case = CASES[name]
    cells, decimals = case.cells, SOURCES[case.source].decimals
    at = next(n for n, cell in enumerate(cells) if len(cell[3].partition(".")[2]) == decimals)
    one, place, year, text = cells[at]
    found = audited(tmp_path, case, [*cells[:at], (one, place, year, text + more), *cells[at + 1 :]])
    assert found.rounded.total() == same
    assert len(found.of(DIFFERS)) == (not same)
    assert any("after rounding; our copy was rounded" in note for note in found.notes) == same


def test_a_file_with_fewer_digits_is_compared_to_these_and_says_so(tmp_path: Path) -> None:
    """The same table once more, with three decimals, as copies of it go round."""
    case = CASES["prosperity"]
    cells = [(one, place, year, f"{float(text):.3f}") for one, place, year, text in case.cells]
    found = audited(tmp_path, case, cells)
    assert found.rounded.total() > 5
    assert not found.of(DIFFERS)
    assert any("the file gives fewer decimals than we have" in note for note in found.notes)
    one, place, year, text = cells[0]
    found = audited(tmp_path, case, [(one, place, year, f"{float(text) + 0.001:.3f}"), *cells[1:]])
    assert len(found.of(DIFFERS)) == 1


@pytest.mark.parametrize(
    ("ours", "theirs", "copied", "decimals", "expected"),
    [
        ("12.5", "12.50", None, 1, 0), ("12.54", "12.5", None, 2, 2), ("12.54", "12.5", None, 1, 1), ("12.54", "12.6", None, 1, 2),
        ("0.12345", "0.1234549", 5, 7, 1), ("0.12345", "0.1234551", 5, 7, 2), ("-0.5", "0.5", None, 1, 2),
        ("1.270924687385559", "1.2709246873855590", None, 16, 0), ("39", "39", 0, 0, 0), ("39", "<2.5", None, 1, 2),
    ],
)  # fmt: skip
def test_when_two_numbers_are_the_same(
    ours: str, theirs: str, copied: int | None, decimals: int, expected: int
) -> None:
    most = digits.most([("x", ours)])["x"]
    assert digits.compared(ours, theirs, digits.slack(ours, copied, decimals, most)) == expected
    assert digits.written(float(ours)) == (ours.rstrip("0").rstrip(".") if "." in ours else ours)


def test_the_rows_of_real_downloads_agree(tmp_path: Path) -> None:
    """Rows of the files EGOV_DATA_2008.csv, 2014 and 2022 as the United Nations publish them, with their spaces and names."""
    rows = [
        "Survey Year,Country Name,E-Government Rank,E-Government Index,E-Participation Index,Online Service Index,"
        "Human Capital Index,Telecommunication Infrastructure Index",
        '2008,"Spain ",20,0.72280,0.36363,0.69899,0.98683,0.48336', "2008,Georgia (Country),90,0.45980,0.04545,0.35451,0.92099,0.10717",
        '2008,"Kiribati ",183,0.00000,0.02272,0.06688,0.00000,0.01813', "2008,South Sudan,,0.00000,0.00000,0.00000,0.00000,0.00000",
        '2014,"Republic of Korea ",1,0.94623,1.00000,0.97637,0.92730,0.93503',
        '2014,"Micronesia (Federated States of) ",130,0.33371,0.25490,0.18897,0.70230,0.10985',
        '2022,"Iran (Islamic Republic of) ",91,0.64330,0.18180,0.41960,0.78040,0.73000', "2022,Eswatini,141,0.44980,0.14770,0.32400,0.67030,0.35500",
        '2022,"Lao People\'s Democratic Republic ",159,0.37640,0.26140,0.30050,0.54680,0.28200',
        "2022,Türkiye,48,0.79830,0.78410,0.86000,0.87220,0.66260",
        '2022,"Saint Vincent and the Grenadines ",107,0.58110,0.38640,0.45260,0.74200,0.54860',
        '2022,"Sao Tome and Principe ",154,0.41380,0.04550,0.24350,0.67590,0.32180',
        "2022,United Kingdom of Great Britain and Northern Ireland,11,0.91380,0.95450,0.88590,0.93690,0.91860",
    ]  # fmt: skip
    file = tmp_path / "EGOV_DATA.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    found = audit_file("egdi_un_2008_2022", file)
    assert not found.of(DIFFERS)
    assert found.same.total() == 2 * (len(rows) - 1) - 2 * len(found.of(NEW)) // 2
    assert not any("not ours" in note for note in found.notes)


REAL = {
    "unhabitat_cpi_2012": """Country,City,City Prosperity Index (CPI) with 5 Dimensions,City Prosperity Index (CPI) with 4 Dimensions,\
Productivity Index,Quality of life Index,Infrastructure Index,Enivronment Index,Equity Index
Armenia,Yerevan,0.779,0.769,0.635,0.85,0.87,0.745,0.817
Brazil,São Paulo,0.757,0.836,0.742,0.803,0.918,0.894,0.507
Cameroon,Yaoundé ,0.618,0.623,0.492,0.555,0.666,0.827,0.6
Côte d'Ivoire,Abidjan,0.578,0.599,0.452,0.44,0.767,0.842,0.5
Honduras,Tegucigalapa,0.652,0.694,0.541,0.729,0.709,0.829,0.51
Nepal,Kathmundu,0.598,0.594,0.385,0.621,0.74,0.704,0.617
Turkey,Ankara,0.78,0.806,0.699,0.802,0.842,0.891,0.683
Ukraine,Kyïv,0.798,0.781,0.579,0.757,0.968,0.874,0.873
United Republic of Tanzania,Dar es Salaam,0.571,0.53,0.427,0.371,0.607,0.822,0.767
""",
    "sdg_un_2024_360info": """country_iso2,country_name,city,region,subregion,geoname_id,lat,lon,year,population,pct_pt_access
BY,Belarus,Minsk,Europe,Eastern Europe,625144,53.9,27.56667,2021,1742124,99.1
DZ,Algeria,El khroub,Africa,Northern Africa,2497849,36.26333,6.69361,2020,90122,34.06881
CD,Democratic Republic of the Congo,Goma,NA,NA,216281,-1.67409,29.22845,2020,432587,44.1913
CA,Canada,Calgary alta,Americas,Northern America,5913490,51.05011,-114.08529,2016,1019942,88.9
FR,France,Lyon,Europe,Western Europe,3020593,43.42548,1.35349,2020,3831,89.52126
EE,Estonia,Tallinn,Europe,Northern Europe,588409,59.43696,24.75353,2023,394024,99.95131
""",
}


@pytest.mark.parametrize(("source", "text"), REAL.items(), ids=REAL)
def test_rows_of_copies_of_real_files_agree(source: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "real.csv"
    file.write_text(text, encoding="utf-8")
    found = audit_file(source, file)
    assert found.same.total() == (len(text.splitlines()) - 1) * (5 if source.startswith("unhabitat") else 1)
    assert not found.of(DIFFERS)
    assert not any("not ours" in note for note in found.notes)


def test_what_was_left_out_on_purpose_is_not_called_new(tmp_path: Path) -> None:
    mexican = next(
        row
        for row in _MATCHED
        if row["source_id"] == "sdg_un_2023" and row["iso2"] == "MX" and row["place_id"] in MEXICO
    )
    default = ("env_waste_collection", mexican["place_id"], 2018, "86.5")
    found = audited(tmp_path, CASES["sdg, cities"], [*CASES["sdg, cities"].cells, default])
    assert not found.of(NEW)
    assert found.elsewhere["in the file, left out on purpose (a default of nearly all Mexican municipalities)"] == 1


MEXICO = {row["place_id"] for row in _ROWS if row["level"] == "city" and row["iso3"] == "MEX"}


def test_values_of_years_and_series_that_a_file_lacks_are_not_called_missing(tmp_path: Path) -> None:
    case = CASES["egov"]
    cells = [cell for cell in case.cells if cell[2] == 2022]
    found = audited(tmp_path, case, cells)
    assert found.same.total() == len(cells)
    assert {one.year for one in found.of(MISSING)} <= {2022}
    assert found.elsewhere["of indicators or years that the file does not have"] > 1000


def test_two_values_for_one_key_are_refused_with_their_rows_and_parts(tmp_path: Path) -> None:
    cells = ours("sdg_un_2023", ["liv_homicide"], ["ESP"])[:2]
    lines = sdg(cells).decode().splitlines()
    lines += [
        lines[1].replace("BOTHSEX", "MALE").replace(cells[0][3], "7.7"),
        lines[1].replace("BOTHSEX", "FEMALE").replace(cells[0][3], "8.8"),
    ]
    file = tmp_path / "16.1.1.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert not audit_file("sdg_un_2023", file).of(DIFFERS)  # the whole is there, so parts do not count
    del lines[1]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(
        WrongFile,
        match=r"two values of VC_IHR_PSRC for 724, \d{4}: 7.7 in row 3 and 8.8 in row 4 \(sex MALE; sex FEMALE\)",
    ):
        audit_file("sdg_un_2023", file)


def test_a_part_that_is_not_ours_is_named(tmp_path: Path) -> None:
    cells = ours("sdg_un_2023", ["eco_unemployment"], ["ESP"])[:2]
    file = tmp_path / "8.5.2.csv"
    file.write_bytes(sdg([*cells, *ours("sdg_un_2023", ["liv_homicide"], ["ESP"])]).replace(b",15+,", b",25+,"))
    found = audit_file("sdg_un_2023", file)
    assert not found.same["eco_unemployment"]
    assert any("SL_TLF_UEM (eco_unemployment) was not compared: 'age' is 15-24, 25+" in note for note in found.notes)


# -- lists and tables of places ---------------------------------------------------------------------------------------


def _entries(source: str) -> list[dict[str, str]]:
    cities = set(tables.read("cities")["place_id"])
    return [row for row in _MATCHED if row["source_id"] == source and row["place_id"] in cities]


def _gbfs(rows: Iterable[dict[str, str]]) -> bytes:
    lines: list[Sequence[object]] = [columns("Country Code,Name,Location,System ID,URL,Auto-Discovery URL")]
    for row in rows:
        id, name, location = row["source_place"].split(" | ")
        lines.append([row["iso2"], name, f"{location}, {row['iso2']}", id, "https://a.b", "https://a.b/gbfs.json"])
    return as_text(lines)


def _feeds(rows: Iterable[dict[str, str]], status: str = "") -> bytes:
    head = columns(
        "mdb_source_id,data_type,entity_type,location.country_code,location.subdivision_name,location.municipality"
        ",provider,is_official,name,note,feed_contact_email,static_reference,urls.direct_download"
        ",urls.authentication_type,status,features"
    )
    lines: list[Sequence[object]] = [head]
    for row in rows:
        id, _, rest = row["source_place"].partition(" ")
        lines.append(
            [
                id,
                "gtfs",
                "",
                row["iso2"],
                "",
                "",
                rest.split(" | ")[0],
                "",
                "",
                "",
                "",
                "",
                "https://a.b",
                "",
                status,
                "",
            ]
        )
    lines.append(["9999", "gtfs-rt", "vp", "ES", "", "", "Not counted", "", "", "", "", "", "", "", "active", ""])
    return as_text(lines)


@pytest.mark.parametrize(("source", "layout"), [("gbfs_2026", _gbfs), ("mdb_2026", _feeds)])
def test_lists_are_counted_by_city_again(
    source: str, layout: Callable[[Iterable[dict[str, str]]], bytes], tmp_path: Path
) -> None:
    rows, file = _entries(source), tmp_path / "list.csv"
    file.write_bytes(layout(rows))
    found = audit_file(source, file)
    assert found.agrees
    assert found.same.total() == sum(row["source_id"] == source for row in _ROWS)
    twice = next(row for row in rows if sum(row["place_id"] == other["place_id"] for other in rows) == 2)
    alone = next(row for row in rows if sum(row["place_id"] == other["place_id"] for other in rows) == 1)
    stranger = {
        "iso2": "ES",
        "place_id": "",
        "source_place": "77777 | A new one | Bilbao" if source == "gbfs_2026" else "77777 A new one | Bilbao",
    }
    file.write_bytes(layout([*(row for row in rows if row not in (twice, alone)), stranger]))
    found = audit_file(source, file)
    assert [(one.place, one.ours, one.theirs) for one in found.of(DIFFERS)] == [(twice["place_id"], "2", "1")]
    assert [one.place for one in found.of(MISSING)] == [alone["place_id"]]
    assert [one.place.split(" | ")[0] for one in found.of(UNPLACED)] == ["77777"]


def test_cities_are_compared_with_the_gazetteer(tmp_path: Path) -> None:
    frame = tables.read("cities")
    iso2 = dict(zip(tables.read("countries")["iso3"], tables.read("countries")["iso2"], strict=True))
    lines = [
        "\t".join([str(row.place_id), str(row.name_), "x", 'other "names', str(row.latitude), str(row.longitude), "P", "PPL", iso2[row.iso3],
                   "", "1", "", "", "", "50000", "", "12", "Europe/Madrid", "2026-01-01"])
        for row in frame.rename(columns={"name": "name_"}).itertuples()
    ]  # fmt: skip
    file = tmp_path / "cities15000.zip"

    def pack(rows: Sequence[str]) -> None:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("cities15000.txt", "\n".join(rows) + "\n")

    pack(lines)
    found = audit_file("geonames", file)
    assert found.agrees
    assert found.same == {"name": len(frame), "latitude": len(frame), "longitude": len(frame), "iso3": len(frame)}
    pack(
        [
            lines[0].replace(frame["name"][0], "Renamed", 1),
            *lines[2:],
            lines[2].replace(frame["place_id"][2], "999999999"),
        ]
    )
    found = audit_file("geonames", file)
    assert [(one.indicator, one.theirs) for one in found.of(DIFFERS)] == [("name", "Renamed")]
    assert {one.place for one in found.of(MISSING)} == {frame["place_id"][1]}


def test_codes_and_regions_of_countries_are_compared(tmp_path: Path) -> None:
    codes = tmp_path / "iso_3166-1.json"
    rows = zip(tables.read("countries")["iso3"], tables.read("countries")["iso2"], strict=True)
    objects = ",".join(f'{{"alpha_2": "{a}", "alpha_3": "{b}", "name": "X", "numeric": "001"}}' for b, a in rows)
    codes.write_text(f'{{"3166-1": [{objects}]}}', encoding="utf-8")
    assert audit_file("iso_3166", codes).agrees
    codes.write_text(codes.read_text(encoding="utf-8").replace('"ES"', '"SP"'), encoding="utf-8")
    assert [(one.ours, one.theirs) for one in audit_file("iso_3166", codes).of(DIFFERS)] == [("ES", "SP")]
    head = (
        "Global Code;Global Name;Region Code;Region Name;Sub-region Code;Sub-region Name;Intermediate Region Code;"
        "Intermediate Region Name;Country or Area;M49 Code;ISO-alpha2 Code;ISO-alpha3 Code;LDC;LLDC;SIDS"
    )
    real = [
        "001;World;002;Africa;015;Northern Africa;;;Algeria;012;DZ;DZA;;;",
        "001;World;002;Africa;202;Sub-Saharan Africa;011;Western Africa;Nigeria;566;NG;NGA;;;",
        "001;World;019;Americas;021;Northern America;;;United States of America;840;US;USA;;;",
        "001;World;150;Europe;155;Western Europe;;;Austria;040;AT;AUT;;;",
        "001;World;019;Americas;419;Latin America and the Caribbean;005;South America;Brazil;076;BR;BRA;;;",
        "001;World;009;Oceania;053;Australia and New Zealand;;;Australia;036;AU;AUS;;;",
        "001;World;009;Oceania;054;Melanesia;;;Fiji;242;FJ;FJI;;;x",
        "001;World;142;Asia;034;Southern Asia;;;India;356;IN;IND;;;",
        "001;World;142;Asia;143;Central Asia;;;Kazakhstan;398;KZ;KAZ;;x;",
        "001;World;142;Asia;030;Eastern Asia;;;Japan;392;JP;JPN;;;",
        "001;World;142;Asia;035;South-eastern Asia;;;Viet Nam;704;VN;VNM;;;",
        "001;World;142;Asia;145;Western Asia;;;Türkiye;792;TR;TUR;;;",
        "001;World;;;;;;;Antarctica;010;AQ;ATA;;;",
    ]  # fmt: skip
    file = tmp_path / "UNSD — Methodology.csv"
    file.write_text("\n".join([head, *real]) + "\n", encoding="utf-8")
    found = audit_file("un_sdg_regions", file)
    assert not found.of(DIFFERS)
    assert found.same.total() == len(real) - 1
    file.write_text(
        "\n".join([head, *(row.replace("015;Northern Africa", "202;Sub-Saharan Africa") for row in real)]) + "\n",
        encoding="utf-8",
    )
    assert [(one.place, one.theirs) for one in audit_file("un_sdg_regions", file).of(DIFFERS)] == [
        ("DZA", "un_sub_saharan_africa")
    ]


# -- files that are none ----------------------------------------------------------------------------------------------

_GOOD = CASES["world bank"].layout(CASES["world bank"].cells)
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "empty": ("wdi_systema_globalis", b"", "is empty"),
    "blank": ("wdi_systema_globalis", b" \n\r\n", "is empty"),
    "an error page": ("wdi_systema_globalis", b"\n<!DOCTYPE html><html><body>503", "is a web page or XML"),
    "an error as XML": ("wdi_systema_globalis", b"<?xml version='1.0'?><wb:error/>", "is a web page or XML"),
    "an error as JSON": ("wdi_systema_globalis", b'[{"message":[{"id":"120","value":"Invalid"}]}]', "is no file of wdi_systema_globalis"),
    "an error as text of JSON": ("iso_3166", b'{"error": "not found"}', "JSON without a table"),
    "half a JSON": ("iso_3166", b'{"3166-1": [{"alpha_2": "AW"', "no whole JSON"),
    "of another source": ("egdi_un_2024", _GOOD, "It looks like one of wdi_systema_globalis"),
    "of nothing we know": ("wdi_systema_globalis", b"a,b,c\n1,2,3\n", "It begins with: a, b, c"),
    "cut within a row": ("wdi_systema_globalis", _GOOD[: len(_GOOD) - 150], "is cut off or damaged: row"),
    "semicolons": ("wdi_systema_globalis", _GOOD.replace(b'","', b'";"'), "has semicolons between its cells"),
    "tabs": ("egdi_un_2024", egov(CASES["egov 2024"].cells).replace(b",", b"\t"), "has tabs between its cells"),
    "latin-1": ("egdi_un_2024", egov(CASES["egov 2024"].cells).decode().encode("cp1252"), "is not in UTF-8"),
    "no text": ("wdi_systema_globalis", bytes(range(1, 256)) * 9, "is not in UTF-8"),
    "PDF": ("wdi_systema_globalis", b"%PDF-1.7 ...", "is a PDF document"),
    "old spreadsheet": ("wup_2018", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Save it as .xlsx"),
    "half an archive": ("wdi_systema_globalis", world_bank_zip(CASES["world bank"].cells)[:900], "damaged or cut off"),
    "an archive of pictures": ("wdi_systema_globalis", _zip({"a.png": b"x"}), "archive without a text table"),
    "half a gzip": ("wdi_systema_globalis", gzip.compress(_GOOD)[:-400], "damaged"),
    "a workbook of something else": ("wgi_2024", as_workbook(("A", [["x", "y"], [1, 2]])), "is no file of wgi_2024"),
    "nothing of ours": ("wdi_systema_globalis", _GOOD.replace(b"PP.KD", b"PP.CD").replace(b"IT.NET.USER.ZS", b"X"),
                        "none of our indicators and places"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "content", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_none_of_the_source_gets_one_message(
    source: str, content: bytes, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "download.csv"  # the name says nothing
    file.write_bytes(content)
    with pytest.raises(WrongFile) as caught:
        audit_file(source, file)
    assert message in str(caught.value)
    assert str(caught.value).startswith("'download.csv' ")
    assert str(caught.value).endswith(f"docs/data.md, {source}.")
    assert "\n" not in str(caught.value)


NOTHING: dict[str, tuple[Callable[[Sequence[Cell]], Sequence[Cell]], str]] = {
    "another year": (
        lambda cells: [(one, place, 2031, value) for one, place, _, value in cells],
        "places in 2031; ours are 193 places in 2008 to 2022",
    ),
    "the years to come": (
        lambda cells: [(one, place, year + 40, value) for one, place, year, value in cells],
        "places in 2048 to 2062; ours are 193 places",
    ),
    "no rows": (lambda cells: [], "none of our indicators and places"),
}


@pytest.mark.parametrize(("changed", "why"), NOTHING.values(), ids=NOTHING)
def test_an_audit_that_compared_nothing_is_no_success(
    changed: Callable[[Sequence[Cell]], Sequence[Cell]],
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr(paths, "build", lambda: tmp_path / "build")
    monkeypatch.setattr(commands, "check_data", lambda: None)
    case = CASES["egov"]
    file = tmp_path / case.name
    file.write_bytes(egov(changed(case.cells)))
    assert command("audit", case.source, str(file)) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert why in said.err
    assert "Nothing was compared." in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "build").exists()


def test_a_source_of_which_we_have_no_value_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES["egov"]
    file = tmp_path / case.name
    file.write_bytes(egov(case.cells))
    monkeypatch.setattr(comparing._Comparison, "_source_values", {})
    with pytest.raises(WrongFile, match=r"no value of ours is from .* Nothing was compared"):
        audit_file(case.source, file)


def test_a_folder_or_a_file_that_is_not_there_gets_a_message(tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match="is a folder"):
        audit_file("wgi_2024", tmp_path)
    with pytest.raises(WrongFile, match="cannot be read: No such file"):
        audit_file("wgi_2024", tmp_path / "none.csv")


def test_packed_and_marked_files_are_read(tmp_path: Path) -> None:
    case = CASES["world bank"]
    for name, content in (("a.csv.gz", gzip.compress(_GOOD)), ("b.csv", b"\xef\xbb\xbf" + _GOOD), ("c.csv", _GOOD.decode().encode("utf-16")),
                          ("d.csv", _GOOD.replace(b"\n", b"\r\n"))):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        assert audit_file(case.source, tmp_path / name).same.total() == len(case.cells)
    (tmp_path / "e.csv").write_bytes(_GOOD.rstrip(b"\n"))
    assert any("does not end with a line break" in note for note in audit_file(case.source, tmp_path / "e.csv").notes)


def test_a_source_without_a_file_for_machines_says_what_to_do_by_hand(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"no official file that a machine can compare\. UNESCO publishes"):
        audit_file("unesco_uccn_2024", tmp_path / "x.csv")
    with pytest.raises(StudyError, match=r"No source 'wgi_2023'.*Did you mean 'wgi_2024'"):
        audit_file("wgi_2023", tmp_path / "x.csv")


# -- the command, the report, the documents ---------------------------------------------------------------------------


def command(*arguments: str) -> int:
    try:
        sys.argv = ["study", *arguments]
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_command_ends_with_0_or_1_and_writes_page_and_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr(paths, "build", lambda: tmp_path)
    monkeypatch.setattr(commands, "check_data", lambda: None)  # test_tables does that
    whole = ours("egdi_un_2024", ["gov_egdi", "gov_epi"])
    countries = tables.read("countries")
    names = dict(zip(countries["iso3"], countries["country_en"], strict=True)) | UN_NAMES
    file = tmp_path / "EGOV_DATA_2024.csv"
    file.write_bytes(egov(whole, names))
    assert command("audit", "egdi_un_2024", str(file)) == 0
    said = "386 of our values stand in the file, 0 differ, 0 are missing in it, 0 of the file are new."
    assert said in capsys.readouterr().out
    one, place, year, _ = whole[0]
    file.write_bytes(egov([(one, place, year, "0.00001"), *whole[1:]], names))
    assert command("audit", "egdi_un_2024", str(file)) == 1
    bad = capsys.readouterr()
    assert "1 differ" in bad.out
    assert "official 0.00001 (row " in bad.out
    assert bad.err == ""
    page = tmp_path / "audit" / "egdi_un_2024-egov-data-2024.html"
    assert "0.00001" in page.read_text(encoding="utf-8")
    with page.with_suffix(".csv").open(encoding="utf-8", newline="") as written:
        (row,) = csv.DictReader(written)
    assert (row["what"], row["place"], row["official"]) == ("differs", place, "0.00001")
    assert command("audit", "egdi_un_2024", str(ROOT / "data" / "study.yml")) == 1
    wrong = capsys.readouterr().err
    assert wrong.startswith("study: 'study.yml' is no file of egdi_un_2024")
    assert wrong.count("\n") == 1


def test_texts_of_a_file_do_no_harm_in_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "build", lambda: tmp_path)
    found = Audit("geonames", "<b>.csv", differences=[
        comparing.Difference(DIFFERS, "name", "1", 0, "Bilbao", "<script>alert(1)</script>", 2),
        comparing.Difference(DIFFERS, "name", "2", 0, "Bilbao", "=HYPERLINK(1)", 2)])  # fmt: skip
    page, table = report.write_report(found)
    assert "<script>" not in page.read_text(encoding="utf-8")
    assert ",'=HYPERLINK(1)," in table.read_text(encoding="utf-8")


def test_every_source_is_declared_and_has_its_section_in_the_documents() -> None:
    with (ROOT / "data" / "indicators" / "sources.csv").open(encoding="utf-8", newline="") as file:
        sources = {row["source_id"]: row for row in csv.DictReader(file)}
    assert set(SOURCES) == set(sources)
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    sections = {part.partition("\n")[0]: part for part in text.split("\n### ")[1:]}
    assert set(sections) == set(sources)
    for name, part in sections.items():
        assert sources[name]["url"] in part, name
        assert "**Layout**" in part, name
        assert (f"study audit {name} " in part) == (not SOURCES[name].by_hand), name
        for heading in ("**Where**", "**Terms**", "**Ours**", "**Expect**"):
            assert heading in part, (name, heading)


def test_the_declarations_lead_to_indicators_of_ours() -> None:
    of_source: dict[str, set[str]] = {}
    for row in _ROWS:
        of_source.setdefault(row["source_id"], set()).add(row["indicator_id"])
    for name, one in SOURCES.items():
        if one.table == "values" and not one.by_hand:
            assert set(one.series.values()) == of_source[name], name


@pytest.mark.parametrize(
    ("there", "instead", "message"),
    [
        (
            "    decimals: 7\n",
            "    decimal: 7\n",
            "source 'sdg_un_2023': there is no key 'decimal' here. Did you mean 'decimals'? Expected: layouts, series,",
        ),
        (
            "    decimals: 7\n",
            "    decimals: seven\n",
            "source 'sdg_un_2023', key 'decimals': value 'seven'. Expected: a whole number.",
        ),
        (
            "    decimals: 7\n",
            "    decimals: -1\n",
            "source 'sdg_un_2023', key 'decimals': value -1. Expected: 0 or more.",
        ),
        (
            'text: "86.5"',
            "text: 86.5",
            "source 'sdg_un_2023', key 'left_out', entry 1, key 'text': value 86.5. Expected: a text (in quotation marks, where it",
        ),
        (
            "country: MEX",
            "country: Mexico",
            "source 'sdg_un_2023', key 'left_out', entry 1, key 'country': value 'Mexico'. Expected: a text like ^[A-Z]{3}$.",
        ),
        (
            "    places: {by: m49}",
            "    places: {by: m94}",
            "source 'sdg_un_2023', key 'places', key 'by': value 'm94'. Did you mean 'm49'?",
        ),
        (
            "    places: {by: m49}",
            "    places: {by: m49, names: united_nations}",
            "source 'sdg_un_2023', key 'places': there is no key 'names' here. Expected: by.",
        ),
        (
            'city_places: {by: entry, key: " "}',
            "city_places: {by: entry}",
            "source 'mdb_2026', key 'city_places': the key 'key' is missing.",
        ),
        (
            "key: ' \\| '",
            "key: '('",
            "source 'gbfs_2026', key 'city_places', key 'key': value '('. Expected: a regular expression.",
        ),
        (
            "    layouts: [hdi]\n",
            "",
            "source 'undp_hdi_systema_globalis': the key 'layouts' is missing. Expected: layouts, series.",
        ),
        (
            "    layouts: [hdi]\n",
            "    layouts: []\n",
            "_hdi_systema_globalis', key 'layouts': value []. Expected: something in it.",
        ),
        (
            "    layouts: [hdi]",
            "    layouts: [hid]",
            "_hdi_systema_globalis', key 'layouts': there is no layout 'hid'. Did you mean 'hdi'?",
        ),
        (
            "{hdi: peo_hdi}",
            "{hdi: peo_hid}",
            "key 'series': there is no indicator 'peo_hid'. Did you mean 'peo_hdi'? Mend the name.",
        ),
        (
            "series: {iso2: iso2}",
            "series: {iso2: iso_2}",
            "key 'series': there is no column of countries 'iso_2'. Did you mean 'iso2'?",
        ),
        (
            "codes: sdg_regions",
            "codes: sdg_region",
            "key 'codes': there is no table of names 'sdg_region'. Did you mean 'sdg_regions'?",
        ),
        (
            "country: {by: country, names: united_nations}",
            "country: {by: country, names: nations}",
            "source 'unhabitat_cpi_2012', key 'names': there is no table of names 'nations'.",
        ),
        ("greater: true", "greater: yes please", "key 'greater': value 'yes please'. Expected: true or false."),
        (
            "  wgi_2024:",
            "  wgi_2025:",
            "source 'wgi_2025': there is no such source in data/indicators/sources.csv. Did you mean 'wgi_2024'?",
        ),
        (
            "    kind: listing",
            "    kind: list",
            "'mobility_database', key 'kind': value 'list'. Did you mean 'listing'? Expected: one of wide,",
        ),
        (
            "    series: indicator code\n",
            "",
            "layout 'world_bank': Expected: one of the keys series and only, not both.",
        ),
        (
            'delimiter: ";"',
            'delimiter: "|"',
            "layout 'm49_semicolons', key 'delimiter': value '|'. Expected: one of ,, ;, '\\t'.",
        ),
        (
            "    place: [geonameid]",
            "    place: [geoname id]",
            "layout 'geonames', key 'place': there is no column 'geoname id' in names.",
        ),
        (
            "    ADO: AND",
            "    NO: NOR",
            "names 'old_world_bank_codes': value False. Expected: a text (in quotation marks, where it looks like",
        ),
        ("    ROM: ROU", "    ADO: ROU", "the key 'ADO' stands twice"),
        (
            "\nnames:\n",
            "\nname:\n",
            "there is no key 'name' here. Did you mean 'names'? Expected: layouts, names, sources.",
        ),
    ],
)
def test_a_fault_in_a_declaration_is_named_with_its_place_and_what_is_expected(
    tmp_path: Path, there: str, instead: str, message: str
) -> None:
    text, file = FILE.read_text(encoding="utf-8"), tmp_path / "sources.yml"
    assert there in text
    file.write_text(text.replace(there, instead, 1), encoding="utf-8")
    with pytest.raises(StudyError) as error:
        read_sources(file)
    assert message in str(error.value)
    assert all("sources.yml" in line for line in str(error.value).splitlines())


def test_all_faults_of_the_declarations_are_named_at_once(tmp_path: Path) -> None:
    text, file = FILE.read_text(encoding="utf-8"), tmp_path / "sources.yml"
    file.write_text(text.replace("decimals:", "decimal:"), encoding="utf-8")
    with pytest.raises(InvalidData) as error:
        read_sources(file)
    assert len(str(error.value).splitlines()) == text.count("\n    decimals:") > 3


@pytest.mark.parametrize("text", ["", "- a list\n", "sources: nothing\n"])
def test_what_declares_no_sources_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "sources.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidData, match="Expected: "):
        read_sources(file)
