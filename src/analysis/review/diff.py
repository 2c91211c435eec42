"""`study diff`: what changed its meaning between two workspaces, page by page, in each language."""

from collections import Counter
from collections.abc import Callable, Sequence

from analysis import config
from analysis.errors import StudyError
from analysis.execution.runs import Run
from analysis.review.comparer import MADE, PAGE, Difference, compare_claims
from analysis.review.pictures import RENDERING
from analysis.review.report import Report, Section, Sides
from analysis.review.rows import CAME, WENT
from analysis.review.workspace import Selection, Workspace, claims_in, open_workspaces

_REASONS = 5  # why claims of the same meaning were made otherwise, on the screen


def compare_named(old: str, new: str, selection: Selection, execute: Callable[[Sequence[Run]], None]) -> Report:
    """Open two workspaces by their names and compare them.

    Parameters
    ----------
    old, new
        As `workspace.open_workspace` takes them; `.` is the compendium as it stands.
    selection
        What to compare.
    execute
        Called with the runs of the compendium that must be fresh.
    """
    opened = open_workspaces([old, new], selection, execute)
    return compare_workspaces(opened[old], opened[new], selection.lang)


def compare_workspaces(old: Workspace, new: Workspace, lang: str | None = None) -> Report:
    """Compare two workspaces in one language, or in all that both have.

    Raises
    ------
    StudyError
        Where there is no language to compare in.
    """
    ours, theirs = old.languages(), new.languages()
    order = [*config.load().languages, *sorted((ours | theirs) - {*config.load().languages})]
    asked = [code for code in order if code in ours | theirs and lang in (None, code)]
    both = [code for code in asked if code in ours & theirs]
    if not both:
        has = "; ".join(f"{side.name} has {', '.join(sorted(side.languages())) or 'none'}" for side in (old, new))
        raise StudyError(f"There is no language to compare in{f', {lang} being asked for' if lang else ''}: {has}.")
    alone = [f"{code}: in {(old if code in ours else new).name} alone" for code in asked if code not in both]
    sections = [_compare_language(old, new, code) for code in both]
    about = {"Before": old.name, "After": new.name}
    return Report("", sections, Sides(("Before", "After")), about=about, notes=alone)


def _compare_language(old: Workspace, new: Workspace, lang: str) -> Section:
    before, after = ({page: file for (code, page), file in side.pages.items() if code == lang} for side in (old, new))
    differences = [Difference(page, PAGE, "", CAME) for page in after if page not in before]
    differences += [Difference(page, PAGE, "", WENT) for page in before if page not in after]
    both = [page for page in after if page in before]
    alike, changed = list[Difference](), set[str]()
    for page in both:
        if before[page].read_bytes() != after[page].read_bytes():
            changes = compare_claims(claims_in(before[page], page), claims_in(after[page], page))
            meant = [change for change in changes if change.how not in (MADE, RENDERING)]
            alike += [change for change in changes if change.how in (MADE, RENDERING)]
            changed |= {difference.page for difference in meant}
            differences += meant
    counts = {"changed": len(changed), "came": len(after.keys() - before), "went": len(before.keys() - after)}
    summary = [f"{n} {'page' if n == 1 else 'pages'} {what}" for what, n in counts.items() if n or what == "changed"]
    title = f"{lang}: {', '.join(summary)}, {len(both) - len(changed)} of the same meaning"
    return Section(title, differences, *_made_otherwise(alike))


def _made_otherwise(alike: Sequence[Difference]) -> tuple[list[str], dict[str, list[str]]]:
    """Count what is the same and made otherwise: the commonest reasons, and all of them."""
    if not alike:
        return [], {}
    labels = (detail.label for difference in alike for detail in difference.details)
    drawn = ("the picture is rendered otherwise" for difference in alike if difference.how == RENDERING)
    reasons = [
        f"{reason} ({n} {'claim' if n == 1 else 'claims'})" for reason, n in Counter([*labels, *drawn]).most_common()
    ]
    count = f"{len(alike)} {'claim is' if len(alike) == 1 else 'claims are'} the same and made otherwise"
    rest = len(reasons) - _REASONS
    more = [f"  and {rest} more reasons"] if rest > 0 else []
    return [f"{count}, not listed.", *(f"  {reason}" for reason in reasons[:_REASONS]), *more], {count: reasons}
