"""What is found out about methods before the plan, in a worker process.

Plugins are imported here and not in the main process, so that one that crashes costs a row.
"""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.machine.limits import Limits
from bench.methods.contract import CheckResult, results
from bench.methods.discovery import Method
from bench.methods.entry_points import GROUPS
from bench.methods.parameters import ENGINE_SETS, leaf_parameters, named
from bench.methods.segmentation_contract import segmentation_results
from bench.methods.spec import MethodSpec
from bench.methods.tuning import check_space
from bench.methods.weights import PARAMETER, can_resolve, resolve
from bench.protocol.cards import MethodCard
from bench.protocol.errors import BenchError, ContractError, PluginError, one_line
from bench.protocol.plan import MethodFacts, ResolvedWeights
from bench.workers.pool import Outcome, Workers

_TIMEOUT = 300  # seconds for the imports of one method
_DOWNLOAD_TIMEOUT = 3600  # seconds for the pretrained weights of one method


def inspect_methods(methods: Sequence[Method], workers: Workers) -> dict[str, MethodFacts]:
    """Name → facts of each method, in the given order, looked at in the workers."""
    found: dict[int, MethodFacts] = {}
    for outcome in _of_each(inspect_method, methods, workers, _TIMEOUT):
        found[outcome.index] = (
            outcome.value
            if outcome.status == "ok"
            else unavailable(methods[outcome.index], f"cannot be imported: {outcome.error}")
        )
    return {methods[index].name: found[index] for index in sorted(found)}


def _of_each(
    function: Callable[[Method], Any], methods: Sequence[Method], workers: Workers, seconds: float
) -> Iterator[Outcome]:
    """What a function says of each method, those of one distribution asked in one worker.

    They import the same, which takes longer than all else. Where that worker does not come to an
    end each of them is asked alone, so that one that crashes costs itself.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for i, method in enumerate(methods):
        alone = method.target if method.is_file else ""
        groups.setdefault((method.distribution, alone), []).append(i)
    together = list(groups.values())
    tasks = [(function, [methods[i] for i in group]) for group in together]
    again: list[int] = []
    for outcome in workers.run(_each, tasks, Limits(seconds=seconds)):
        group = together[outcome.index]
        if outcome.status == "ok":
            yield from (Outcome(i, v) for i, v in zip(group, outcome.value, strict=True))
        elif len(group) == 1:
            yield replace(outcome, index=group[0])
        else:
            again += group
    for outcome in workers.run(function, [(methods[i],) for i in again], Limits(seconds=seconds)):
        yield replace(outcome, index=again[outcome.index])


def _each(function: Callable[[Method], Any], methods: Sequence[Method]) -> list[Any]:
    return [function(method) for method in methods]


def inspect_method(method: Method) -> MethodFacts:
    """Import and build a method, and read its parameters."""
    try:
        build = method.load()
        spec = MethodSpec.of(build)
        if spec.family not in ("", method.family):
            remedy = "set it at the top level of the file, as a plain string."
            if not method.is_file:
                group = f"{GROUPS[method.task]}.{spec.family}"
                remedy = f"its package {method.distribution} has to register it in {group}."
            raise PluginError(
                f"Method {method.name!r} says that its family is {spec.family!r}, but is taken for "
                f"{method.family!r}: {remedy}"
            )
        estimator = build()
        pretrained = can_resolve(spec, estimator)
        fixed = (*ENGINE_SETS, PARAMETER) if pretrained else ENGINE_SETS
        return MethodFacts(
            card=method.card(build),
            parameters=leaf_parameters(estimator),
            seeded=bool(named(estimator, "random_state")) and not spec.deterministic,
            needs=spec.needs,
            uses_device="auto" in named(estimator, "device").values(),
            tunable=bool(spec.search_space),
            space_error=_space_error(spec, estimator, fixed),
            conditional=spec.obstacle is not None,
            pretrained=pretrained,
            one_class=spec.one_class,
        )
    except BenchError as error:
        return unavailable(method, str(error))
    except (Exception, SystemExit) as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{one_line(error)} ({Path(where.filename).name}:{where.lineno})"
        return unavailable(method, f"cannot be built: {text}")


def _space_error(spec: MethodSpec, estimator: Any, fixed: Sequence[str]) -> str:
    if not spec.search_space:
        return ""
    try:
        check_space(spec.search_space, estimator.get_params(deep=True), fixed)
    except ContractError as error:
        return str(error)
    return ""


def obstacles(methods: Sequence[Method], workers: Workers) -> dict[str, str]:
    """Name → why a method cannot work on this machine, of those that can say so."""
    found = {}
    for outcome in _of_each(_obstacle, methods, workers, _TIMEOUT):
        if outcome.status != "ok":
            found[methods[outcome.index].name] = f"its obstacle cannot be told: {outcome.error}"
        elif outcome.value:
            found[methods[outcome.index].name] = outcome.value
    return found


def _obstacle(method: Method) -> str:
    obstacle = MethodSpec.of(method.load()).obstacle
    return str(obstacle()) if obstacle else ""


def with_weights(
    facts: Mapping[str, MethodFacts], methods: Mapping[str, Method], workers: Workers
) -> dict[str, MethodFacts]:
    """The facts of every method with the pretrained weights that all of its trials start from.

    They are looked for in the workers, and downloaded if need be. A method that insists on weights
    that cannot be had is unavailable.
    """
    found = dict(facts)
    asked = [name for name, fact in facts.items() if fact.pretrained and not fact.error]
    chosen = [methods[name] for name in asked]
    for outcome in _of_each(_weights_of, chosen, workers, _DOWNLOAD_TIMEOUT):
        name = asked[outcome.index]
        told = outcome.value if outcome.status == "ok" else outcome.error
        found[name] = (
            replace(facts[name], error=f"{name}: {told}")
            if isinstance(told, str)
            else replace(facts[name], weights=told)
        )
    return found


def _weights_of(method: Method) -> tuple[ResolvedWeights, ...] | str:
    """The weights of a method, or why they cannot be had."""
    build = method.load()
    try:
        return resolve(MethodSpec.of(build), build())
    except (BenchError, ValueError) as error:
        return str(error)
    except (Exception, SystemExit) as error:
        return f"its pretrained weights cannot be found out: {type(error).__name__}: {error}"


def check_contract(method: Method) -> list[CheckResult] | str:
    """Every check of the contract; or why the method cannot be loaded."""
    try:
        if method.task == "segmentation":
            return segmentation_results(method.load(), learns=method.family != "control")
        return results(method.load())
    except BenchError as error:
        return str(error)


def unavailable(method: Method, error: str) -> MethodFacts:
    """The facts of a method that cannot be built, and why."""
    card = MethodCard(method.name, method.family, "", method.distribution, method.version)
    return MethodFacts(card, {}, error=error)
