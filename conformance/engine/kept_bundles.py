"""Keeps the last bundles of a run, which its checks look at one after another, and of those that go nothing."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from conformance.engine import plans
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.generation.strategies import Drawn
from conformance.model.target import Target
from conformance.subjects.manifest import BuiltSubject

KEPT_BUNDLES = 128


@dataclass
class KeptBundles:
    """The bundles of a subject by target and by what was drawn, and the arena of each target."""

    _arenas: dict[str, Arena] = field(default_factory=dict)
    _kept: OrderedDict[tuple[str, Drawn], Bundle] = field(default_factory=OrderedDict)

    def bundle(self, subject: BuiltSubject, drawn: Drawn, target: Target) -> Bundle:
        """The bundle of what was drawn as it lies on a target, shared by all checks that draw it."""
        key = (target.name, drawn)
        found = self._kept.get(key)
        if found is None:
            arena = self._arenas.get(target.name)
            if arena is None or arena.full:
                arena = self._arenas[target.name] = Arena(subject.rules.reads_contents, target)
                for old in [old for old in self._kept if old[0] == target.name]:
                    del self._kept[old]
            rules = subject.rules.on(target)
            found = Bundle(drawn.signatures, drawn.salt, rules, arena, subject.packed, sampled=drawn.sampled)
            self._kept[key] = found
            while len(self._kept) > KEPT_BUNDLES:
                plans.forget(self._kept.popitem(last=False)[1])
        self._kept.move_to_end(key)
        return found
