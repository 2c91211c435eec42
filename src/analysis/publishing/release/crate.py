"""The RO-Crate of a bundle: what it holds, under which terms, and which run of the workflow made what of which data.

RO-Crate 1.1 with the profiles Workflow Run Crate 0.5, Process Run Crate 0.5 and Workflow RO-Crate 1.0: the workflow is the Makefile, its
run one action from tables to site, print editions and notebooks, and each executed notebook an action of its own, from the tables
that it read.
"""

import mimetypes
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rocrate.model.computationalworkflow import ComputationalWorkflow
from rocrate.model.contextentity import ContextEntity
from rocrate.model.dataset import Dataset
from rocrate.model.entity import Entity
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from analysis import config, files, paths, tables
from analysis.execution import ledger, runs
from analysis.publishing.release import layout, sums, terms
from analysis.publishing.release.described import Release

FILE = "ro-crate-metadata.json"
VERSION = "1.1"
README = "README.md"  # Workflow RO-Crate wants it to be about the crate
PROFILES = (  # Workflow RO-Crate stands beside RO-Crate in the descriptor too
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
)
WORKFLOW = f"{layout.SOURCE}/Makefile"
# terms that the profiles use and the context of RO-Crate 1.1 lacks
_EXTRA = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
_TOOLS = ("papermill", "jupyter-book", "sphinx", "typst", "matplotlib", "pandas", "frictionless")
# pictures, citations and the theme are described by their folder
_BY_FOLDER = re.compile(rf"{layout.SITE}/.*(\.svg|\.bib|\.ris|\.js|\.css|\.png|\.inv)$|{layout.SITE}/[^/]+/_sources/")
_TYPES = {".md": "text/markdown", ".ipynb": "application/x-ipynb+json", ".yml": "application/yaml", ".po": "text/x-gettext-translation",
          ".lock": "text/plain", ".toml": "application/toml", ".geojson": "application/geo+json", ".cff": "application/yaml",
          ".typ": "text/plain", ".jinja": "text/plain", ".csv": "text/csv", ".bib": "application/x-bibtex", ".py": "text/x-python",
          ".mplstyle": "text/plain"}  # fmt: skip


def _unwrapped_singles(entity: Mapping[str, Any]) -> dict[str, Any]:
    """Write a list of one as its one entry, as RO-Crate recommends."""
    return {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in entity.items()}


@dataclass
class Crate:
    """The crate of a bundle that lies in a folder."""

    release: Release
    folder: Path
    _crate: ROCrate = field(default_factory=lambda: ROCrate(version=VERSION), init=False)

    def metadata(self) -> dict[str, Any]:
        """Give the metadata of the crate, as JSON-LD."""
        self._describe_root()
        for name in sums.names(self.folder):
            if name not in (FILE, WORKFLOW, sums.FILE) and not _BY_FOLDER.match(name):
                self._describe_file(name)
        self._describe_folders()
        self._describe_workflow()
        self._describe_run()
        self._describe_notebooks()
        metadata: dict[str, Any] = self._crate.metadata.generate()
        metadata["@graph"] = [
            _unwrapped_singles(part) for part in sorted(metadata["@graph"], key=lambda entity: str(entity["@id"]))
        ]
        return metadata

    def _describe_root(self) -> None:
        release, crate = self.release, self._crate
        crate.metadata.extra_terms.update(_EXTRA)
        crate.name, crate.description, crate.keywords = release.title, release.abstract, list(release.keywords)
        crate.datePublished = release.date.isoformat()
        crate.root_dataset["version"] = release.version
        crate.root_dataset["author"] = self._author_entities
        crate.publisher = self._author_entities[0]
        crate.license = self._terms_entities([terms.MIXED])
        profiles = [
            self._context_entity(id, "CreativeWork", name=name, version=version) for id, name, version in PROFILES
        ]
        crate.root_dataset["conformsTo"] = profiles
        # as Workflow RO-Crate wants it
        crate.metadata["conformsTo"] = [{"@id": f"https://w3id.org/ro/crate/{VERSION}"}, {"@id": PROFILES[-1][0]}]

    @cached_property
    def _author_entities(self) -> list[Entity]:
        return [self._context_entity(author.website or f"#{paths.slug(author.name)}", "Organization", name=author.name, url=author.website)
                for author in self.release.authors]  # fmt: skip

    def _context_entity(self, id: str, type: str | list[str], **properties: Any) -> Entity:
        """Add a contextual entity, or give it where it is there."""
        if (there := self._crate.get(id)) is not None:
            return there
        known = {name: value for name, value in properties.items() if value not in ("", None, [])}
        return self._crate.add(ContextEntity(self._crate, id, {"@type": type, **known}))

    def _terms_entities(self, several: Iterable[terms.Terms]) -> list[Entity]:
        return [
            self._context_entity(terms_of_use.id, "CreativeWork", name=terms_of_use.name, description=f"Terms of use: {terms_of_use.name}",
                          url="LICENCES.md" if terms_of_use == terms.MIXED else terms_of_use.address) for terms_of_use in several
        ]  # fmt: skip

    def _describe_file(self, name: str) -> None:
        content = (self.folder / name).read_bytes()
        kind, _ = mimetypes.guess_type(name)
        suffix = Path(name).suffix
        described: dict[str, Any] = {
            "name": self._file_titles.get(name, name),
            "contentSize": str(len(content)),
            "sha256": files.digest(content),
            "encodingFormat": _TYPES.get(suffix) or kind or "text/plain",
            "license": self._terms_entities(terms.of(name, self.folder)),
        }
        if name.startswith(f"{layout.SOURCE}/notebooks/"):
            described |= {"@type": ["File", "SoftwareSourceCode"], "version": self.release.version,
                          "programmingLanguage": self._language_entity("Python")}  # fmt: skip
        if name == README:
            described["about"] = {"@id": "./"}
        self._crate.add(File(self._crate, dest_path=name, properties=described))

    @cached_property
    def _file_titles(self) -> Mapping[str, str]:
        """Name the files that have a name besides their place."""
        titles = {
            f"{layout.SOURCE}/data/{descriptor['path']}": str(descriptor["title"])
            for descriptor in tables.descriptors().values()
        }
        return titles | {
            "LICENCES.md": "Terms of each part",
            "REVIEW.md": "Guide for reviewers",
            "paper.md": self.release.title,
        }

    def _language_entity(self, name: str) -> Entity:
        known = {"Python": "https://www.python.org/", "GNU Make": "https://www.gnu.org/software/make/"}
        return self._context_entity(known[name], "ComputerLanguage", name=name, url=known[name])

    def _describe_folders(self) -> None:
        """Describe the folders, those of pictures, citations and the theme above all."""
        held = sums.names(self.folder)
        folders = {"data": f"{layout.SOURCE}/data", "source": layout.SOURCE, "site": layout.SITE, "print editions": layout.PDF,
                 "executed notebooks": layout.EXECUTED, "receipts": layout.RECEIPTS}  # fmt: skip
        folders |= {f"pictures and citations of the exhibits, {code}": f"{layout.SITE}/{code}/_static/exhibits"
                  for code in config.load().built}  # fmt: skip
        for what, place in folders.items():
            inside = [name for name in held if name.startswith(f"{place}/")]
            if not inside:
                continue
            parts = [{"@id": name} for name in inside if name in self._crate and name != WORKFLOW]
            self._crate.add(Dataset(self._crate, dest_path=f"{place}/", properties={
                "name": f"{self.release.title}: {what}",
                "description": f"{len(inside)} files: {what}. Terms file by file in LICENCES.md.",
                "license": self._terms_entities([terms.MIXED]),
                **({"hasPart": parts} if parts else {}),
            }))  # fmt: skip

    def _describe_workflow(self) -> None:
        languages = ", ".join(config.load().made)
        inputs = [
            self._parameter_entity("tables", "Dataset", f"{layout.SOURCE}/data/", "Tables, each with its codebook"),
            self._parameter_entity(
                "matrix", "File", f"{layout.SOURCE}/data/study.yml", "The matrix of editions, axes and languages"
            ),
            self._parameter_entity(
                "languages", "Text", self._value_entity("languages", languages), "Languages that are built"
            ),
            self._parameter_entity(
                "date",
                "Text",
                self._value_entity("SOURCE_DATE_EPOCH", self.release.date.isoformat()),
                "Moment of the build",
            ),
        ]
        outputs = [
            self._parameter_entity("site", "Dataset", f"{layout.SITE}/", "The book as a site"),
            self._parameter_entity("print", "Dataset", f"{layout.PDF}/", "Print editions"),
            self._parameter_entity("notebooks", "Dataset", f"{layout.EXECUTED}/", "Executed notebooks"),
        ]
        content = (self.folder / WORKFLOW).read_bytes()
        workflow = self._crate.add(ComputationalWorkflow(self._crate, dest_path=WORKFLOW, properties={
            "name": f"{self.release.title}: make book pdf",
            "description": "Executes the notebooks of the matrix, builds the site, and sets the print editions.",
            "version": self.release.version,
            "programmingLanguage": self._language_entity("GNU Make"),
            "license": self._terms_entities([terms.BSD]),
            "contentSize": str(len(content)), "sha256": files.digest(content), "encodingFormat": "text/x-makefile",
            "author": self._author_entities, "input": inputs, "output": outputs, "softwareRequirements": self._tool_entities(),
        }))  # fmt: skip
        self._crate.mainEntity = workflow

    def _parameter_entity(self, name: str, kind: str, example: Entity | str, description: str) -> Entity:
        entity = self._crate.get(example) if isinstance(example, str) else example
        formal = self._context_entity(f"#parameter-{name}", "FormalParameter", name=name, additionalType=kind, description=description,
                               workExample=entity)  # fmt: skip
        entity["exampleOfWork"] = formal
        return formal

    def _value_entity(self, name: str, value: str) -> Entity:
        return self._context_entity(f"#{paths.slug(name)}-{paths.slug(value)}", "PropertyValue", name=name, value=value)

    def _tool_entities(self) -> list[Entity]:
        """Name the programs that the workflow runs, in the versions of the lock."""
        lock = (self.folder / "requirements.lock").read_text(encoding="utf-8")
        locked = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.MULTILINE))
        return [
            self._context_entity(f"https://pypi.org/project/{name}/{locked[name]}/", "SoftwareApplication", name=name,
                          softwareVersion=locked[name], url=f"https://pypi.org/project/{name}/{locked[name]}/")
            for name in _TOOLS if name in locked
        ]  # fmt: skip

    def _describe_run(self) -> None:
        objects = [
            {"@id": f"{layout.SOURCE}/data/{descriptor['path']}"} for descriptor in tables.descriptors().values()
        ]
        objects += [{"@id": f"{layout.SOURCE}/data/"}, {"@id": f"{layout.SOURCE}/data/study.yml"}]
        objects += [{"@id": value.id} for value in self._crate.get_by_type("PropertyValue")]
        results = [{"@id": f"{place}/"} for place in (layout.SITE, layout.PDF, layout.EXECUTED)]
        self._add_action(
            "#run",
            WORKFLOW,
            objects,
            results,
            "make book pdf",
            "All notebooks executed, site and print editions built.",
        )

    def _describe_notebooks(self) -> None:
        """Say of each executed notebook of which template, with which parameters and of which tables it was made."""
        for run in runs.runs():
            result = f"{layout.EXECUTED}/{run.lang}/{run.page}.ipynb"
            objects = [{"@id": place} for place in self._read_by(run)]
            objects += [{"@id": self._value_entity(name, str(value)).id} for name, value in run.parameters.items()]
            self._add_action(f"#run-{run.key}", f"{layout.SOURCE}/notebooks/{run.template}.ipynb", objects, [{"@id": result}],
                         f"papermill: {run.name}", f"The template executed with these parameters; {len(objects)} inputs.")  # fmt: skip

    def _read_by(self, run: runs.Run) -> list[str]:
        entry = ledger.entry_of(run)
        read = sorted(name for name in entry.files if "*" not in name) if entry else []
        return [place for name in read if (place := f"{layout.SOURCE}/{name}") in self._crate]

    def _add_action(
        self, id: str, instrument: str, objects: Sequence[Mapping[str, str]], results: Sequence[Mapping[str, str]], name: str,
        description: str,
    ) -> None:  # fmt: skip
        action = self._context_entity(
            id, "CreateAction", name=name, description=description, instrument={"@id": instrument}, object=list(objects),
            result=list(results), agent=self._author_entities[0], endTime=self.release.date.isoformat(),
            actionStatus="http://schema.org/CompletedActionStatus",
        )  # fmt: skip
        self._crate.root_dataset.append_to("mentions", action)
