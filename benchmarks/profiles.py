"""Make the profiles of the first N cities, J at a time, here or on a Dask scheduler: profiles.py N J [ADDRESS]."""

import csv
import sys

from analysis import paths
from analysis.execution import runner, runs
from analysis.execution.children import warm_up


def main() -> None:
    """Make them."""
    number, jobs, scheduler = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] or None
    if not scheduler:
        warm_up()
    with (paths.data() / "places" / "cities.csv").open(encoding="utf-8", newline="") as file:
        places = [row["place_id"] for row in csv.DictReader(file)]
    # spread over the table, whose order goes with the countries
    chosen = places[:: len(places) // number][:number]
    folder = paths.build() / "pages" / "en"
    runner.execute_all(
        [runs.beside("place", one, one, "en", folder) for one in chosen], runner.Options(jobs=jobs, scheduler=scheduler)
    )


if __name__ == "__main__":
    main()
