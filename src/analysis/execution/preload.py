"""What the parent of the warm children imports and reads, once; each child has it from its first moment."""

import contextlib
import gc
import os

from analysis import surroundings

os.environ.setdefault("MPLBACKEND", surroundings.BACKEND)
from analysis import config, library, tables  # before matplotlib, which they import whatever MPLBACKEND says

# isort: split
import papermill  # noqa: F401 (before the engine, which papermill imports by its entry point)
import seaborn  # noqa: F401
import statsmodels.stats.proportion  # noqa: F401

from analysis.execution import cells, making  # noqa: F401
from analysis.language import preload

if import_chapters := library.extended("import_chapters"):
    import_chapters()
with contextlib.suppress(Exception):  # a child that needs what is broken here says so by name
    tables.preload()
    for code in config.load().made:
        preload(code)
gc.collect()
gc.freeze()  # what is here stays, and is shared with the children
gc.set_threshold(50_000, 20, 20)  # children are short: looking for garbage often costs them more than it gives
