"""The library of the Smart Cities Study compendium; the notebooks stay thin and call it."""

import os

# One thread per process: notebooks run in parallel processes, and threads of BLAS would only compete.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
