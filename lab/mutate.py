"""Changes one parameter of a copied scenario at random, so that its own truth must no longer score 1.00.

A survey that still scores 1.00 against the old truth has not looked: it has guessed, or knows the scenario by heart.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from lab.errors import LabError
from lab.mutations.devices import hosts_down, sources_closed, sources_opened, tls_versions
from lab.mutations.model import Candidate, Folder, Mutation
from lab.mutations.register import addresses_changed, lines_removed, rows_removed, states_changed
from lab.mutations.versions import versions_changed

OPERATORS: tuple[Callable[[Folder], Iterator[Candidate]], ...] = (
    hosts_down,
    sources_closed,
    sources_opened,
    tls_versions,
    versions_changed,
    rows_removed,
    addresses_changed,
    states_changed,
    lines_removed,
)


def mutations(scenario_dir: Path, seed: int) -> Mutation:
    """Change one parameter of the scenario in `scenario_dir`, which must be a copy; the same seed, the same change.

    Gives: what was changed, and the truth rows that must change with it. truth.json itself stays as it was.
    Raises: LabError when the scenario offers nothing to change.
    """
    folder = Folder(scenario_dir)
    # Operator first, then place: else the many services of a scenario would leave no chance to its few registers.
    offered = [found for operator in OPERATORS if (found := list(operator(folder)))]
    if not offered:
        raise LabError("mutate.nothing", folder=str(scenario_dir))
    dice = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    chosen = dice.choice(dice.choice(offered))
    chosen.apply()
    folder.save()
    return Mutation(seed, chosen.operator, chosen.place, chosen.before, chosen.after, chosen.truth_changes)
