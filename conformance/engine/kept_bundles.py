"""Keeps the last bundles of a run, which its checks use one after another, and drops all that belongs to older ones."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from conformance.engine import plans
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.generation.strategies import Drawn
from conformance.model.target import Target
from conformance.subjects.manifest import BuiltSubject

KEPT_BUNDLES, KEPT_ARENAS = 128, 2


@dataclass
class KeptBundles:
    """The bundles of a subject by target and by what was drawn, in the last two arenas of each target.

    The pairs of a check draw the same, one pair after the other, and an arena may fill up between two of their bundles.
    """

    _arenas: dict[str, list[Arena]] = field(default_factory=dict)
    _kept: OrderedDict[tuple[str, Drawn], Bundle] = field(default_factory=OrderedDict)

    def bundle(self, subject: BuiltSubject, drawn: Drawn, target: Target) -> Bundle:
        """The bundle of what was drawn as it lies on a target, shared by all checks that draw it."""
        key = (target.name, drawn)
        found = self._kept.get(key)
        if found is None:
            arena = self._arena(subject, target)
            rules = subject.rules.on(target)
            found = Bundle(drawn.signatures, drawn.salt, rules, arena, subject.packed, sampled=drawn.sampled)
            self._kept[key] = found
            while len(self._kept) > KEPT_BUNDLES:
                plans.forget(self._kept.popitem(last=False)[1])
        self._kept.move_to_end(key)
        return found

    def _arena(self, subject: BuiltSubject, target: Target) -> Arena:
        """The arena of a target's next bundle: where the last one is full another, and then the oldest goes."""
        arenas = self._arenas.setdefault(target.name, [])
        if not arenas or arenas[-1].full:
            arenas.append(Arena(subject.rules.reads_contents, target))
            if len(arenas) > KEPT_ARENAS:
                gone = arenas.pop(0)
                self._kept = OrderedDict(
                    (key, bundle) for key, bundle in self._kept.items() if bundle.arena is not gone
                )
        return arenas[-1]
