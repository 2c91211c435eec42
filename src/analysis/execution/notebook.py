"""From an executed notebook to a page: title, language of the headings, and nothing that differs between runs."""

import ast
import json
import re
from collections import Counter
from itertools import islice
from typing import Any

import nbformat

from analysis import document, receipts
from analysis.files import digest
from analysis.language import language

_WARNED = re.compile(r"^(?:/|[A-Za-z]:\\)[^\n]*?(?=:\d+: \w*Warning: )", re.MULTILINE)  # where a warning comes from
_NO_PICTURE = "<svg></svg>"  # in a template; its fingerprint is compared (tests/nbval.cfg)
_TIMES_AND_PATHS = ("start_time", "end_time", "duration", "input_path", "output_path")


def finish(notebook: nbformat.NotebookNode, lang: str) -> str:
    """Make an executed notebook a page, and give it as the text of its file."""
    words = language(lang)
    title = _title(notebook)
    complete_document(notebook, title)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            if number == 0 and title:  # the title of the page is computed
                rest = words.translated(cell.source.partition("\n\n")[2])
                cell.source = f"# {title}\n\n{rest}".strip()
            else:
                cell.source = words.translated(cell.source)
        elif "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata["tags"] = ["injected-parameters", "remove-cell"]
    normalise(notebook)
    return written(notebook)


def complete_document(notebook: nbformat.NotebookNode, title: str) -> None:
    """Name the parts that the cells put out by their places; what several of them read is listed once, for the page."""
    known, number = Counter[str](), 0
    whole: dict[str, Any] = {"version": document.VERSION}
    slices: dict[str, int] = {}
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        number += "injected-parameters" not in tags  # cells count as they do in the template
        if "title" in tags and title:
            part = document.Title(title, cell=("title", number), receipt=receipts.of_title(title))
            whole["title"] = document.packed(part)
        carrying = [output for output in cell.get("outputs", []) if output.get("metadata", {}).get(document.KEY)]
        if carrying:
            name = _name(cell.source, number)
            known[name] += 1
            name += f"-{known[name]}" if known[name] > 1 else ""
            _name_parts(carrying, (name, number), slices)
    whole["read"] = [json.loads(text) for text in slices]
    notebook.metadata[document.KEY] = whole


def _name_parts(outputs: list[nbformat.NotebookNode], place: document.Place, slices: dict[str, int]) -> None:
    """Give the parts of the outputs of a cell their names."""
    parts = [document.unpacked(content) for output in outputs for content in output.metadata[document.KEY]]
    complete = iter(document.share_slices(document.number_sentences(parts, place), slices))
    for output in outputs:
        parts_of_output = islice(complete, len(output.metadata[document.KEY]))
        output.metadata[document.KEY] = [document.packed(part) for part in parts_of_output]


def _name(source: str, number: int) -> str:
    """Name a cell by the part of the chapter that it shows, `opening` say, else by its number."""
    last = re.search(r"\.(\w+)$", source.rstrip())
    return last[1].replace("_", "-") if last else f"cell-{number}"


def _title(notebook: nbformat.NotebookNode) -> str:
    """Take the title that the cell with the tag `title` has computed."""
    for cell in notebook.cells:
        if "title" in cell.metadata.get("tags", []):
            for output in cell.outputs:
                if text := output.get("data", {}).get("text/plain"):
                    return str(ast.literal_eval(text))
    return ""


def stored(template: nbformat.NotebookNode, made: nbformat.NotebookNode) -> str:
    """Put the outputs of an executed notebook into its template, for nbval to compare, and give it as a text.

    Pictures and the document are left out of what is stored: the fingerprint of a picture and its table stand for them.
    """
    results = [cell for cell in made.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    for cell, result in zip(template.cells, results, strict=True):
        if cell.cell_type == "code":
            cell.execution_count = result.execution_count
            cell.outputs = result.outputs
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = result.execution_count
                output.get("metadata", {}).pop(document.KEY, None)
                if document.PICTURE in output.get("data", {}):
                    output["data"][document.PICTURE] = _NO_PICTURE
    normalise(template)
    return written(template)


def normalise(notebook: nbformat.NotebookNode) -> None:
    """Drop what differs between equal runs: times, paths, the version of Python, and the random names of cells."""
    notebook.metadata.get("language_info", {}).pop("version", None)  # the receipts of a page tell it
    if "papermill" in notebook.metadata:
        papermill: dict[str, Any] = notebook.metadata["papermill"]
        notebook.metadata["papermill"] = {k: v for k, v in papermill.items() if k not in _TIMES_AND_PATHS}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        cell["id"] = digest(f"{number}\n{cell.source}".encode())[:8]


def _joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Join what a cell wrote to a stream: a kernel sends it in pieces, cut by the clock, and the streams in any order."""
    streams: dict[str, nbformat.NotebookNode] = {}
    for output in outputs:
        if output.output_type == "stream":
            if output.name in streams:
                streams[output.name].text += output.text
            streams.setdefault(output.name, output)
    if "stderr" in streams:
        streams["stderr"].text = _WARNED.sub(_without_machine, streams["stderr"].text)
    rest = [output for output in outputs if output.output_type != "stream"]
    return [*(streams[name] for name in sorted(streams, reverse=True)), *rest]


def _without_machine(warned: re.Match[str]) -> str:
    """Name a file that warns by its place in its package, or by its name: where packages lie differs from machine to machine."""
    path = warned[0].replace("\\", "/")
    return path.rpartition("/site-packages/")[2] if "/site-packages/" in path else path.rpartition("/")[2]


def written(notebook: nbformat.NotebookNode) -> str:
    """Give a notebook as the text of its file."""
    text: str = nbformat.writes(notebook)
    return f"{text}\n"
