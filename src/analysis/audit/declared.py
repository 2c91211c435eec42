"""What the official file of each source looks like, and how it leads to our values.

Each entry says which formats the source publishes, what its series are called, how its places are found, and to how many
decimals our copy was rounded. docs/data.md says where to get the file, and whether its layout was ever seen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from analysis.audit.formats import Columns, Format, Headless, Listing, Long, Wide
from analysis.audit.placing import Places, Placing


@dataclass(frozen=True)
class LeftOut:
    """Values of a source that are not ours on purpose, with the reason; `text` where one value alone is left out."""

    indicator: str
    iso3: str
    years: tuple[int, ...]
    why: str
    text: str = ""


@dataclass(frozen=True)
class Source:
    """The official file of a source.

    Parameters
    ----------
    formats
        Ways in which the source lays it out.
    series
        Our indicator (of a table of places: our column) by the name of the series.
    added
        Whether several series of one indicator are added up, or are other names of one series.
    places
        How the places of our indicators are found.
    decimals
        To how many decimals our copy was rounded; `None` where it was not.
    table
        Our table.
    codes
        What the file writes for values of ours that are names.
    by_hand
        What to do by hand, where no file for machines exists.
    """

    formats: tuple[Format, ...] = ()
    series: Mapping[str, str] = field(default_factory=dict)
    added: bool = False
    places: Callable[[Places], Placing] = Places.by_id
    city_places: Callable[[Places], Placing] | None = None
    decimals: int | None = None
    table: str = "values"
    encodings: tuple[str, ...] = ("utf-8",)
    codes: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    by_hand: str = ""

    @property
    def counted(self) -> bool:
        """Say whether our values are counts of what the file lists."""
        return any(isinstance(one, Listing) for one in self.formats)


# -- the Sustainable Development Goals --------------------------------------------------------------------------------

_SDG_COUNTRIES = {
    "GB_XPD_RSDV": "eco_rd_gdp",
    "SL_TLF_UEM": "eco_unemployment",
    "GB_POP_SCIERD": "peo_researchers",
    "SE_ADT_EDUCTRN": "peo_adult_learning",
    "SG_GEN_LOCGELS": "gov_women_local",
    "SG_DSR_SILS": "gov_local_drr",
    "SH_STA_TRAF": "mob_road_deaths",
    "IT_NET_BBND": "mob_broadband",
    "IT_MOB_4GNTWK": "mob_4g_coverage",
    "EN_ATM_PM25": "env_pm25_cities_national",
    "EG_FEC_RNEW": "env_renewables",
    "EN_ATM_CO2GDP": "env_co2_gdp",
    "VC_IHR_PSRC": "liv_homicide",
    "EN_LND_SLUM": "liv_slums",
    "SH_ACS_UNHC": "liv_uhc",
    "SH_MED_DEN": "liv_physicians",
}
_SDG_CITIES = {
    "EN_REF_WASCOL": "env_waste_collection",
    "EN_LND_CNSPOP": "env_land_consumption",
    "EN_URB_OPENSP": "liv_open_space",
    "SP_TRN_PUBL": "mob_pt_access",
}
_SDG_FILE = Long(
    place=("geoareacode",), series="seriescode", year="timeperiod", value="value", thousands=True,
    places=dict.fromkeys(_SDG_CITIES, ("cities",)),
    # what is neither the series nor a note on a value; where the file has no whole, the codes that are ours
    divides=(
        "age", "sex", "location", "cities", "disability status", "education level", "type of occupation", "type of speed",
        "type of mobile technology", "activity", "reporting type",
    ),
    where={
        "SL_TLF_UEM": {"age": ("15+", "y_ge15"), "sex": ("bothsex", "_t")},
        "SE_ADT_EDUCTRN": {"age": ("15-64", "y15t64"), "sex": ("bothsex", "_t")},
        "IT_NET_BBND": {"type of speed": ("anys", "_t")},
        "EN_ATM_PM25": {"location": ("city", "cities")},
        "EN_LND_SLUM": {"location": ("urban", "u", "allarea", "_t")},
        "SG_GEN_LOCGELS": {"sex": ("female", "f")},
        "SH_MED_DEN": {"type of occupation": ("physician", "physicians", "isco08_221")},
    },
)  # fmt: skip


def _sdg_cities(places: Places) -> Placing:
    return places.by_city_code(["sdg_un_2023"], first_word=False)


# -- the World Bank ---------------------------------------------------------------------------------------------------

_WORLD_BANK = Wide(place=("country code",), series="indicator code")
_DATABANK = Wide(place=("country code",), series="series code")
_OLD_CODES = {"ADO": "AND", "ROM": "ROU", "TMP": "TLS", "WBG": "PSE", "ZAR": "COD"}  # of the governance indicators

# -- the United Nations E-Government Survey ---------------------------------------------------------------------------

_EGOV = Columns(
    place=("country name",), year="survey year",
    series={"e-government index": "gov_egdi", "e-participation index": "gov_epi"},
)  # fmt: skip
_UN_NAMES = {
    "Brunei Darussalam": "BRN", "Cabo Verde": "CPV", "Congo": "COG", "Czechia": "CZE",
    "Democratic People's Republic of Korea": "PRK", "Democratic Republic of the Congo": "COD",
    "Georgia (Country)": "GEO", "Iran (Islamic Republic of)": "IRN", "Lao People's Democratic Republic": "LAO",
    "Micronesia (Federated States of)": "FSM", "Republic of Korea": "KOR", "Republic of Moldova": "MDA",
    "Russian Federation": "RUS", "Swaziland": "SWZ", "Syrian Arab Republic": "SYR",
    "The former Yugoslav Republic of Macedonia": "MKD", "Türkiye": "TUR",
    "United Kingdom of Great Britain and Northern Ireland": "GBR", "United Republic of Tanzania": "TZA",
    "United States of America": "USA", "Viet Nam": "VNM", "Bolivia (Plurinational State of)": "BOL",
    "Venezuela (Bolivarian Republic of)": "VEN", "Saint Vincent and the Grenadines": "VCT",
    "Saint Kitts and Nevis": "KNA", "Saint Lucia": "LCA", "Sao Tome and Principe": "STP", "Gambia (Republic of The)": "GMB",
    "Netherlands (Kingdom of the)": "NLD",
}  # fmt: skip

# -- Eurostat ---------------------------------------------------------------------------------------------------------

_EUROSTAT = (
    Wide(place=("cities",), series="indic_ur", delimiter="\t", flags=True, year=r"(\d{4})"),
    Long(place=("cities",), series="indic_ur", year="time_period", value="obs_value"),
)
_URBAN_AUDIT = ("eurostat_urban_audit", "eurostat_urban_audit_2026")

# -- regions ----------------------------------------------------------------------------------------------------------

_EUROPE = dict.fromkeys(
    ("Northern America", "Eastern Europe", "Northern Europe", "Southern Europe", "Western Europe"),
    "un_europe_and_northern_america",
)
_SDG_REGIONS = {
    "Sub-Saharan Africa": "un_sub_saharan_africa",
    "Northern Africa": "un_northern_africa_and_western_asia",
    "Western Asia": "un_northern_africa_and_western_asia",
    "Central Asia": "un_central_and_southern_asia",
    "Southern Asia": "un_central_and_southern_asia",
    "Eastern Asia": "un_eastern_and_south_eastern_asia",
    "South-eastern Asia": "un_eastern_and_south_eastern_asia",
    "Latin America and the Caribbean": "un_latin_america_and_the_caribbean",
    "Australia and New Zealand": "un_australia_and_new_zealand",
    "Melanesia": "un_oceania_exc_australia_and_new_zealand",
    "Micronesia": "un_oceania_exc_australia_and_new_zealand",
    "Polynesia": "un_oceania_exc_australia_and_new_zealand",
    **_EUROPE,
}

_GEONAMES = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude", "feature class", "feature code",
    "country code", "cc2", "admin1 code", "admin2 code", "admin3 code", "admin4 code", "population", "elevation", "dem",
    "timezone", "modification date",
)  # fmt: skip

_SAME_FOR_ALL = "the same for all cities of a region"

SOURCES: Mapping[str, Source] = {
    "sdg_un_2023": Source(
        formats=(_SDG_FILE,), series=_SDG_COUNTRIES | _SDG_CITIES, places=Places.by_m49, city_places=_sdg_cities, decimals=7,
        left_out=(LeftOut("env_waste_collection", "MEX", (2018,), "a default of nearly all Mexican municipalities", "86.5"),),
    ),
    "sdg_un_2024_360info": Source(
        formats=(Columns(("country_iso2", "city"), {"pct_pt_access": "mob_pt_access"}, "year"),),
        series={"mob_pt_access": "mob_pt_access"},
        city_places=lambda places: places.by_city(
            "sdg_un_2024_360info", places.by_iso2(),
            {"CAN": ("ns", "alta", "ont", "sask", "que", "bc", "nb", "man", "nl")},
        ),
    ),
    "wdi_systema_globalis": Source(
        formats=(_WORLD_BANK, _DATABANK), places=lambda places: places.by_iso3({}), decimals=5,
        series={
            "NY.GDP.PCAP.PP.KD": "eco_gdp_pc_ppp", "TX.VAL.TECH.MF.ZS": "eco_hightech_exports",
            "IT.NET.USER.ZS": "peo_internet_users", "SP.URB.TOTL": "ctx_urban_population",
            "SP.URB.TOTL.IN.ZS": "ctx_urban_share",
        },
    ),
    "undp_hdi_systema_globalis": Source(
        formats=(Wide(place=("iso3",), only="hdi", year=r"hdi_(\d{4})"),), series={"hdi": "peo_hdi"},
        places=lambda places: places.by_iso3({}), encodings=("utf-8", "cp1252"), decimals=3,
    ),
    "wgi_2024": Source(
        formats=(Long(place=("code",), series="indicator", year="year", value="estimate"), _WORLD_BANK, _DATABANK),
        series={"ge": "gov_effectiveness", "va": "gov_voice", "GE.EST": "gov_effectiveness", "VA.EST": "gov_voice"},
        places=lambda places: places.by_iso3(_OLD_CODES),
    ),
    "egdi_un_2008_2022": Source(
        formats=(_EGOV,), series={"gov_egdi": "gov_egdi", "gov_epi": "gov_epi"},
        places=lambda places: places.by_country(_UN_NAMES),
    ),
    "egdi_un_2024": Source(
        formats=(_EGOV,), series={"gov_egdi": "gov_egdi", "gov_epi": "gov_epi"},
        places=lambda places: places.by_country(_UN_NAMES),
    ),
    "wup_2018": Source(
        formats=(Wide(place=("country code", "urban agglomeration", "latitude", "longitude"), only="population"),),
        series={"population": "ctx_city_population"},
        city_places=lambda places: places.by_city("wup_2018", places.by_m49()),
    ),
    "eurostat_urban_audit": Source(
        formats=_EUROSTAT, series={"EN5205V": "env_green_share"},
        city_places=lambda places: places.by_city_code(_URBAN_AUDIT, first_word=True),
    ),
    "eurostat_urban_audit_2026": Source(
        formats=_EUROSTAT, series={"EC1020I": "eco_unemployment_city", "EC3065V": "peo_poverty_city"}, decimals=2,
        city_places=lambda places: places.by_city_code(_URBAN_AUDIT, first_word=True),
        left_out=(
            LeftOut("eco_unemployment_city", "BGR", (*range(2015, 2021), 2022), _SAME_FOR_ALL),
            LeftOut("peo_poverty_city", "BGR", tuple(range(2013, 2021)), _SAME_FOR_ALL),
        ),
    ),
    "eurostat_perception_2023": Source(
        formats=_EUROSTAT, added=True,
        series={
            "PS2012V": "eco_job_ease_city", "PS2013V": "eco_job_ease_city",
            "PS3092V": "peo_trust_city", "PS3093V": "peo_trust_city",
        },
        city_places=lambda places: places.by_city_code(
            (*_URBAN_AUDIT, "eurostat_perception_2023"), first_word=True, greater=True
        ),
    ),
    "unhabitat_cpi_2012": Source(
        formats=(
            Columns(
                ("country", "city"), year=2012,
                series={
                    "productivity index": "eco_cpi_productivity", "quality of life index": "liv_cpi_quality_of_life",
                    "infrastructure index": "mob_cpi_infrastructure", "enivronment index": "env_cpi_environment",
                    "equity index": "peo_cpi_equity",
                },
            ),
        ),
        series={one: one for one in (
            "eco_cpi_productivity", "liv_cpi_quality_of_life", "mob_cpi_infrastructure", "env_cpi_environment", "peo_cpi_equity",
        )},
        city_places=lambda places: places.by_city("unhabitat_cpi_2012", places.by_country(_UN_NAMES)),
    ),
    "mdb_2026": Source(
        formats=(
            Listing(
                ("location.country_code", "mdb_source_id", "provider"), "feeds", 2026,
                where={"data_type": ("gtfs",), "status": ("", "active")},
            ),
        ),
        series={"feeds": "mob_gtfs_feeds"}, city_places=lambda places: places.by_entry("mdb_2026", " "),
    ),
    "gbfs_2026": Source(
        formats=(Listing(("country code", "system id", "name", "location"), "systems", 2026),),
        series={"systems": "mob_shared_mobility"}, city_places=lambda places: places.by_entry("gbfs_2026", r" \| "),
    ),
    "dateno_2026": Source(
        by_hand="The registry is a folder with a file for each portal, and our values are counts of web addresses made by the "
        "rules that the catalogue gives at gov_open_data_portals. Look up the addresses of a city, which stand in "
        "data/indicators/city_matching.csv (source dateno_2026), in the registry: are they there, and active?",
    ),
    "unesco_uccn_2024": Source(
        by_hand="UNESCO publishes the list of member cities as pages of its site. Compare their names and fields with "
        "data/indicators/city_matching.csv (source unesco_uccn_2024); cities that joined after 1 October 2024 are not ours.",
    ),
    "geonames": Source(
        table="cities",
        formats=(
            Headless(
                ("geonameid",), {"name": "name", "latitude": "latitude", "longitude": "longitude", "country code": "iso3"}, 0,
                delimiter="\t", quoted=False, names=_GEONAMES,
                like={"geonameid": r"\d+", "latitude": r"-?[\d.]+", "longitude": r"-?[\d.]+", "country code": "[A-Z]{2}"},
            ),
        ),
        series={"name": "name", "latitude": "latitude", "longitude": "longitude", "iso3": "iso3"}, places=Places.by_id,
    ),
    "iso_3166": Source(
        table="countries",
        formats=(Columns(("alpha_3",), {"alpha_2": "iso2"}, 0),),
        series={"iso2": "iso2"}, places=lambda places: places.by_iso3({}),
    ),
    "un_sdg_regions": Source(
        table="countries",
        formats=(
            Columns(("iso-alpha3 code",), {"sub-region name": "region"}, 0, delimiter=";"),
            Columns(("iso-alpha3 code",), {"sub-region name": "region"}, 0),
        ),
        series={"region": "region"}, places=lambda places: places.by_iso3({}), codes=_SDG_REGIONS,
    ),
    "natural_earth": Source(
        by_hand="Outlines of countries are shapes, not values, and serve orientation alone. To check them, convert the countries "
        "1:110m of Natural Earth 5 as data/places/datapackage.json says, and compare with data/places/outlines.geojson.",
    ),
}  # fmt: skip
