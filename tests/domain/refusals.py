"""The register of scenarios that end with a refusal, by the reason they reach."""

from collections.abc import Callable

from groundwork.domain.rejections import Reason, Rejection

Scenario = Callable[[], Rejection]
SCENARIOS: list[tuple[Reason, Scenario]] = []


def refused_for(reason: Reason) -> Callable[[Scenario], Scenario]:
    """Enter a scenario that ends in this refusal."""

    def enter(scenario: Scenario) -> Scenario:
        SCENARIOS.append((reason, scenario))
        return scenario

    return enter
