"""Whether what is said holds when a choice is made otherwise. Pure: nothing here knows files, languages or chapters.

One choice is changed at a time. Where a statement cannot be made under an alternative, for want of values say, that counts
neither as holding nor as changing: it is a state of its own.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

from analysis.alternatives import Alternative

Verdict = Hashable | None  # what a statement comes to; `None` where it cannot be made


@dataclass(frozen=True)
class Claim:
    """A statement that can be made under every alternative.

    Parameters
    ----------
    id
        Name of the statement.
    concerned
        Says whether an alternative is to a choice that the statement rests on; the others are left out.
    verdict
        Gives what the statement comes to under an alternative, or for `None` under the choices of the study.
    """

    id: str
    concerned: Callable[[Alternative], bool]
    verdict: Callable[[Alternative | None], Verdict]


@dataclass(frozen=True)
class Checked:
    """What a statement comes to as the study makes its choices, and under each alternative that concerns it."""

    id: str
    verdict: Hashable
    under: Mapping[Alternative, Verdict]

    @property
    def holding(self) -> list[Alternative]:
        """List the alternatives under which the statement comes to the same."""
        return [one for one, verdict in self.under.items() if verdict == self.verdict]

    @property
    def breaking(self) -> list[Alternative]:
        """List the alternatives under which it comes to something else."""
        return [one for one, verdict in self.under.items() if verdict not in (None, self.verdict)]

    @property
    def unsaid(self) -> list[Alternative]:
        """List the alternatives under which it cannot be made."""
        return [one for one, verdict in self.under.items() if verdict is None]

    @property
    def said(self) -> int:
        """Count the alternatives under which it can be made."""
        return len(self.under) - len(self.unsaid)

    @property
    def holds(self) -> bool:
        """Say whether no alternative changes it."""
        return not self.breaking


def check(claims: Iterable[Claim], alternatives: Iterable[Alternative]) -> list[Checked]:
    """Check statements under each alternative that concerns them.

    What cannot be made as the study makes its choices is no statement, and is left out.
    """
    given, found = list(alternatives), []
    for claim in claims:
        verdict = claim.verdict(None)
        if verdict is not None:
            under = {one: claim.verdict(one) for one in given if claim.concerned(one)}
            found.append(Checked(claim.id, verdict, under))
    return found
