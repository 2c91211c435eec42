"""The matrix of the study for its chapters: editions, axes, lead city, window, and the cells they form.

It stands upon `config`, which notes what is read of `data/study.yml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from analysis import config
from analysis.config import FILE as FILE  # chapters take these from here
from analysis.config import PLANNED as PLANNED
from analysis.config import SOURCE_LANGUAGE as SOURCE_LANGUAGE
from analysis.config import Config, Section
from analysis.config import digest as digest
from analysis.errors import InvalidData, UnknownCell

WHOLE_STUDY = "all"  # in the place of an edition, where a page is on all of them


@dataclass(frozen=True)
class Edition:
    """One edition of the study; its year is its reference year.

    `axes_assigned` says that the edition had areas of its own, which the compendium assigned to axes;
    `focus_groups` that it worked with focus groups, so its shares are not answers of its cities.
    """

    year: int
    status: str
    axes: tuple[str, ...]
    axes_assigned: bool = False
    focus_groups: bool = False

    @property
    def planned(self) -> bool:
        """Say whether nothing of the edition is published yet."""
        return self.status == PLANNED


@dataclass(frozen=True)
class Study:
    """The whole matrix."""

    editions: Section[int, Edition]
    axes: Section[str, Mapping[str, str]]
    languages: Section[str, str]
    periods: Section[str, str]
    robustness: Section[str, tuple[object, ...]]  # by choice, the other values with which statements are checked
    built: tuple[str, ...]
    briefs: tuple[str, ...]  # languages in which there are briefs alone
    config: Config

    @property
    def window(self) -> int:
        """Give the number of years before an edition from which values are shown."""
        self.config.source.note(section="window")
        return int(self.config.source.raw["window"])

    @property
    def lead_city(self) -> str:
        """Give the place id of the lead city."""
        return str(self._lead["place_id"])

    @property
    def lead_country(self) -> str:
        """Give the ISO 3166 code of the country of the lead city."""
        return str(self._lead["country"])

    @property
    def lead_name(self) -> str:
        """Give the name of the lead city."""
        return str(self._lead["name"])

    @property
    def _lead(self) -> Mapping[str, str]:
        self.config.source.note(section="lead_city")
        lead: Mapping[str, str] = self.config.source.raw["lead_city"]
        return lead

    def edition(self, year: int) -> Edition:
        """Give an edition by its year, or raise `UnknownCell`."""
        if year not in self.editions:
            raise UnknownCell(config.unknown("edition", year, self.editions))
        return self.editions[year]

    @property
    def published(self) -> list[int]:
        """List the editions that exist; one that is planned has studied nothing yet."""
        return [year for year, edition in self.editions.items() if not edition.planned]

    @property
    def planned(self) -> list[int]:
        """List the editions of which nothing is published yet."""
        return [year for year, edition in self.editions.items() if edition.planned]

    def check(
        self,
        edition: int | None = None,
        axis: str | None = None,
        lang: str | None = None,
        period: str | None = None,
    ) -> None:
        """Raise `UnknownCell` unless the names given form a cell of the matrix, or name a period."""
        self.config.check(lang, period=period, axis=axis, edition=edition)

    def cells(self) -> list[tuple[int, str]]:
        """List the cells (edition, axis) of the matrix, in order."""
        return [(year, axis) for year, edition in self.editions.items() for axis in edition.axes]

    def axis_name(self, axis: str, lang: str) -> str:
        """Name an axis in a language; in English where it has no name yet, and then nothing is built in the language."""
        return self.axes[axis].get(lang) or self.axes[axis][SOURCE_LANGUAGE]


def load() -> Study:
    """Read the matrix from `data/study.yml`.

    Raises
    ------
    InvalidData
        Where the file cannot be read as YAML, lacks an entry or names an axis that it does not define.
    """
    return _load(config.load())


@lru_cache(maxsize=4)
def _load(settings: Config) -> Study:
    raw, source = settings.source.raw, settings.source
    try:
        editions = {int(year): _edition(int(year), entry) for year, entry in sorted(raw["editions"].items())}
        _ = (
            int(raw["window"]),
            [raw["lead_city"][key] for key in ("place_id", "name", "country")],
        )  # complain now, not in a chapter
        return Study(
            editions=Section("editions", editions, source),
            axes=Section("axes", raw["axes"], source),
            languages=settings.languages,
            periods=Section("periods", {str(period): str(period) for period in raw["periods"]}, source),
            robustness=Section("robustness", _alternatives(raw.get("robustness")), source),
            built=settings.built,
            briefs=settings.briefs,
            config=settings,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidData(f"{FILE} lacks an entry or has one of the wrong kind: {error}") from error


def _alternatives(raw: object) -> dict[str, tuple[object, ...]]:
    """Read the alternatives to each choice; what their values must be is known to `analysis.alternatives`."""
    if raw is not None and not isinstance(raw, dict):
        raise InvalidData(f"{FILE}, robustness. Expected: a list of values for each choice. Mend it.")
    for name, values in (raw or {}).items():
        if not isinstance(values, list):
            raise InvalidData(f"{FILE}, robustness, '{name}'. Expected: a list of values, [3, 8] say. Mend it.")
    return {str(name): tuple(values) for name, values in (raw or {}).items()}


def _edition(year: int, entry: dict[str, Any]) -> Edition:
    return Edition(
        year=year,
        status=entry["status"],
        axes=tuple(entry["axes"]),
        axes_assigned=bool(entry.get("axes_assigned", False)),
        focus_groups=bool(entry.get("focus_groups", False)),
    )
