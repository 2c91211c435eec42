"""Notebooks in the habits of researchers: the engine `warm` records what a kernel does, output by output."""

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

NOTEBOOKS = {
    "magics": [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport numpy as np",
        "plt.plot(np.arange(5) ** 2)\nplt.title('Growth')\nplt.show()\nprint('after the first')\nplt.plot([3, 1])",
        "%config InlineBackend.figure_format = 'svg'\nplt.rcParams['svg.hashsalt'] = 'x'\nplt.figure(figsize=(2, 1)); plt.bar(['a', 'b'], [1, 2]);",
        "%load_ext autoreload\n%autoreload 2",
        "%%writefile helper.py\ndef double(x):\n    return 2 * x",
        "from helper import double\ndouble(21)",
        "%run helper.py\n%who",
        "%%capture caught\nprint('held back')\n1 + 1",
        "caught.stdout, len(caught.outputs)",
        "%pylab inline --no-import-all",
        "%env STUDY_FIELD=cities\n!echo $STUDY_FIELD",
        "files = !ls *.py\nfiles",
        "%%html\n<b>bold</b>",
        "%matplotlib --list",
        "%alias_magic t timeit\n%nothing_of_this_name",
    ],
    "await": [
        "import asyncio\nasync def measure(n):\n    await asyncio.sleep(0.01 * n)\n    return n * n",
        "await asyncio.gather(*(measure(n) for n in range(4)))",
        "loop = asyncio.get_running_loop()\nloop.is_running()",
        "task = asyncio.create_task(measure(3))\ntask.done()",
        "await task",
        "asyncio.run(measure(1))",
        "async for n in (i async for i in measure_all()):\n    print(n)",
        "async def measure_all():\n    for n in range(3):\n        yield await measure(n)\nasync for n in measure_all():\n    print(n)",
        "async with asyncio.timeout(5):\n    print(await measure(2))",
        "queue = asyncio.Queue()\nawait queue.put('kept')\nloop is asyncio.get_running_loop()",
        "await queue.get()",
    ],
    "threads": [
        "import threading, time\nfrom concurrent.futures import ThreadPoolExecutor",
        "def work(n):\n    print(f'city {n}\\n', end='')\n    return n\n"
        "with ThreadPoolExecutor(1) as pool:\n    print(list(pool.map(work, range(5))))",
        "thread = threading.Thread(target=print, args=('from a thread',))\nthread.start(); thread.join()",
        "import logging, sys\nlogging.basicConfig(stream=sys.stdout, level=logging.INFO, force=True)\nlogging.info('begun')",
        "def fails():\n    raise ValueError('in a thread')\nthreading.excepthook = lambda args: print('caught', args.exc_value)\n"
        "thread = threading.Thread(target=fails); thread.start(); thread.join()",
        "threading.current_thread() is threading.main_thread()",
        "import signal\ndef late(*_):\n    raise TimeoutError('too slow')\n"
        "_ = signal.signal(signal.SIGALRM, late); _ = signal.setitimer(signal.ITIMER_REAL, 0.05)\ntime.sleep(5)",
        "print('goes on')",
    ],
    "subprocesses": [
        "import os, subprocess, sys, multiprocessing",
        "subprocess.run(['echo', 'kept'], capture_output=True, text=True).stdout",
        "!echo one; echo two >&2",
        "%%bash\nfor city in Bilbao Quito; do echo $city; done",
        "%%script python3 --out text\nprint(6 * 7)",
        "text",
        "_ = subprocess.run([sys.executable, '-c', 'print(\"from python\")'])\nimport time; time.sleep(0.5)",
        "subprocess.run(['false'], check=True)",
        "subprocess.run(['cat'], input='through a pipe', text=True, capture_output=True).stdout",
        "def square(n):\n    return n * n\nwith multiprocessing.Pool(2) as pool:\n    print(pool.map(square, range(6)))",
        "multiprocessing.get_start_method()",
        "process = multiprocessing.Process(target=print, args=('from a fork',))\nprocess.start(); process.join(); time.sleep(0.5)",
        "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor(2) as pool:\n    print(sum(pool.map(square, range(9))))",
        "!exit 3\n_exit_code",
    ],
    "progress": [
        "import sys\nfrom tqdm import tqdm",
        "for n in tqdm(range(5), bar_format='{desc}: {n}/{total}', mininterval=0, desc='cities'):\n    pass",
        "for n in range(4):\n    print(f'\\r{n + 1} of 4', end='', flush=True)",
        "import warnings\nwarnings.simplefilter('ignore')\nfrom tqdm.auto import tqdm as auto\n"
        "for n in auto(['a', 'b'], bar_format='{n}', mininterval=0, file=sys.stdout):\n    auto.write(n)",
        "import time\nfrom IPython.display import ProgressBar, clear_output\n"
        "for n in range(3):\n    clear_output(wait=True)\n    print('step', n)",
        "bar = ProgressBar(3)\nfor n in bar:\n    pass",
        "sys.stdout.isatty(), sys.stdout.encoding, sys.stderr.writable()",
    ],
    "displays": [
        "from IPython.display import HTML, JSON, SVG, Image, Latex, Markdown, Javascript, clear_output, display, update_display",
        "display(Markdown('*first*'), display_id='note');",
        "handle = display('waiting', display_id=True)\nfor n in range(3):\n    handle.update(f'{n} done')",
        "update_display(Markdown('**last**'), display_id='note')",
        "display(HTML('<i>a</i>'), JSON({'n': [1, 2]}), Latex('$x^2$'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'))",
        "print('a'); display('b'); print('c')\nclear_output()\nprint('d')",
        "print('old')\nclear_output(wait=True)\ndisplay('new')",
        "class City:\n    def _repr_html_(self): return '<b>Bilbao</b>'\n    def __repr__(self): return 'Bilbao'\nCity()",
        "class Both:\n    def _repr_mimebundle_(self, **_): return {'text/plain': 'x', 'application/json': {'x': 1}}, {'meta': 1}\n"
        "display(Both()); Both()",
        "class Broken:\n    def _repr_html_(self): raise KeyError('no city')\n    def __repr__(self): return 'broken'\nBroken()",
        "display({'text/plain': 'raw'}, raw=True)\ndisplay()",
    ],
    "long": [
        "for n in range(20_000):\n    print('line', n)",
        "import sys\nprint('out', 1); print('err', 1, file=sys.stderr); sys.stdout.flush(); sys.stderr.flush()",
        "print('x' * 300_000)",
        "import pandas as pd\npd.DataFrame({'n': range(500), 'text': 'a long text ' * 9})",
        "list(range(3000))",
        "sys.stdout.writelines(['a\\n', 'b\\n'])\nsys.stdout.write('c\\n')",
        "'é ñ \N{SNOWMAN} \\ud83d'",
        "for n in range(3):\n    display(n)\n    print(n)",
    ],
    "places": [
        "import os, sys\nos.path.exists('in.ipynb'), __name__, '' in sys.path",
        "os.makedirs('inner', exist_ok=True)\nopen('inner/local.py', 'w').write('PLACE = 1\\n')\nos.chdir('inner')",
        "import local\nlocal.PLACE, os.path.relpath(local.__file__)",
        "%cd -q ..\nos.path.exists('inner/local.py')",
        "os.environ['CITY'] = 'Bilbao'\n!echo $CITY",
        "os.environ['HOME'] = '/nowhere'\nos.path.expanduser('~')",
        "open('note.txt', 'w').write('kept')\nopen('note.txt').read()",
        "import locale, time\nos.environ['TZ'] = 'Pacific/Kiritimati'; time.tzset()\ntime.tzname, locale.getpreferredencoding()",
        "os.umask(0o077) == os.umask(0o022)",
        "import analysis\nsorted(name for name in ('analysis', 'helper', 'test') if name in dir())",
    ],
    "pandas": [
        "import pandas as pd, numpy as np, seaborn as sns, matplotlib as mpl, matplotlib.pyplot as plt\n"
        "pd.set_option('display.max_rows', 6)\nnp.random.seed(1)",
        "df = pd.DataFrame({'city': list('abc') * 4, 'n': np.random.rand(12)})\ndf",
        "df.groupby('city').n.mean().plot(kind='bar')",
        "df.style.format({'n': '{:.1f}'}).set_uuid('x').to_html()[:80]",
        "fig, axes = plt.subplots(1, 2)\naxes[0].hist(df.n)\nplt.tight_layout()",
        "plt.rcParams['figure.dpi'] = 50\nplt.rcParams['font.size'], mpl.get_backend(), plt.isinteractive()",
        "fig",
        "sns.set_theme()\nsns.boxplot(data=df, x='city', y='n')\nplt.close()",
        "df['new'] = 1\nsub = df[df.n > 2]\nsub.describe()",
        "import warnings\nwarnings.warn('old way', DeprecationWarning)\nwarnings.warn('look out')",
        "np.float64(1) / 0",
        "df.info()",
    ],
    "errors": [
        "try:\n    {}['city']\nexcept KeyError as error:\n    print(repr(error))",
        "def deep(n):\n    return deep(n - 1) if n else 1 / 0\ndeep(3)",
        "%tb",
        "import traceback\ntry:\n    deep(0)\nexcept ZeroDivisionError:\n    print(traceback.format_exc().splitlines()[-1])",
        "for broken in:\n    pass",
        "raise KeyboardInterrupt",
        "import sys\nsys.exit('enough')",
        "input('name? ')",
        "import getpass\ngetpass.getpass()",
        "len?",
        "raise SystemExit",
        "assert 1 == 2, 'not equal'",
        "raise ExceptionGroup('both', [ValueError('a'), TypeError('b')])",
        "_, __, In[1][:3], len(In), sorted(Out)",
        "from ipykernel.zmqshell import ZMQInteractiveShell\nget_ipython().kernel is not None, isinstance(get_ipython(), ZMQInteractiveShell), "
        "get_ipython().execution_count",
        "exit",
    ],
}  # fmt: skip

_ADDRESS_OR_TIME = re.compile(r"0x[0-9a-f]{6,}|\d{4}-\d\d-\d\dT[\d:.]+")


def executed(cells: list[str], engine: str | None, folder: Path) -> list[Any]:
    """Execute a notebook in a folder of its own and give its cells."""
    folder.mkdir()
    notebook = new_notebook(
        cells=[new_code_cell(source, metadata={"tags": ["raises-exception"]}) for source in cells],
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, str(folder / "in.ipynb"))
    with contextlib.suppress(papermill.PapermillExecutionError):  # raised in the end for an error that a cell may have
        papermill.execute_notebook(
            str(folder / "in.ipynb"), str(folder / "out.ipynb"), engine_name=engine, cwd=str(folder), progress_bar=False,
            iopub_timeout=60,
        )  # fmt: skip
    found: list[Any] = [
        cell for cell in nbformat.read(str(folder / "out.ipynb"), as_version=4).cells if cell.cell_type == "code"
    ]
    return found


def comparable(outputs: list[Any]) -> list[Any]:
    """Give outputs without what differs from kernel to kernel: where the clock cuts streams, processes, addresses, times."""
    found: list[Any] = []
    for output in outputs:
        if output.output_type == "error":  # frames name files by their process
            output.traceback = [re.sub(r"\x1b\[[0-9;]*m", "", output.traceback[-1])] if output.traceback else []
        if output.output_type == "stream":
            output.text = re.sub(r"/[^\s:]*/ipykernel_\d+/", "", output.text)
            if found and found[-1].output_type == "stream" and found[-1].name == output.name:
                found[-1].text += output.text
                continue
        found.append(output)
    plain = _ADDRESS_OR_TIME.sub("", json.dumps(found))
    return list(json.loads(plain))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_of_a_researcher_is_recorded_as_by_a_kernel(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # where it is set, a kernel does not listen to programs
    warm, kernel = (executed(NOTEBOOKS[name], engine, tmp_path / str(engine)) for engine in ("warm", None))
    assert len(warm) == len(NOTEBOOKS[name])
    assert sum(bool(cell.outputs) for cell in kernel) > len(kernel) / 2
    for ours, theirs in zip(warm, kernel, strict=True):
        assert comparable(ours.outputs) == comparable(theirs.outputs), ours.source
        assert ours.execution_count == theirs.execution_count


def test_many_prints_are_one_output(tmp_path: Path) -> None:
    cell = executed(["for n in range(20_000):\n    print(n)"], "warm", tmp_path / "out")[0]
    assert [output.name for output in cell.outputs] == ["stdout"]
    assert cell.outputs[0].text.splitlines() == [str(n) for n in range(20_000)]
