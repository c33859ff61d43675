"""Chains to draw: the two of the catalogue and any small one, rehearsed or under way."""

from collections.abc import Mapping
from xml.etree import ElementTree

from hypothesis import strategies as st
from markupsafe import Markup

from groundwork.api.languages import Language
from groundwork.api.pages.drawing.gantt import Gantt, chain_gantt
from groundwork.api.pages.drawing.metro import MetroMap, chain_map, predicted_map
from groundwork.domain import commands as cmd
from groundwork.domain.definition import (
    ChainDefinition,
    Department,
    Edge,
    StepDefinition,
    StopReason,
    Text,
    Variant,
)
from groundwork.domain.facts import UnitChoice
from groundwork.domain.forecast import Forecast, forecast
from groundwork.domain.model import Chain
from groundwork.domain.rules import Rules
from tests.domain.small import small_definition, step
from tests.domain.worlds import Play, moment, rules_in_catalogue, small_rules

LAND, PRODUCTION = "land-to-construction", "completion-to-production"
SVG = "{http://www.w3.org/2000/svg}"
START = moment("2026-03-02 09:00")


def href(key: str) -> str:
    return f"/chains/one/steps/{key}"


def units(count: int) -> tuple[UnitChoice, ...]:
    return tuple(UnitChoice(id=f"B{n}", name=f"{n}号厂房") for n in range(1, count + 1))


def predicted(
    chain: str,
    language: Language = "zh",
    variant: Variant = Variant.STANDARD,
    count: int = 0,
    phases: Mapping[str, tuple[str, ...]] | None = None,
) -> MetroMap:
    """The map of a rehearsed chain of the catalogue."""
    rules = rules_in_catalogue(chain)
    view = forecast(rules, variant, START, units=units(count), phases=phases or {})
    return predicted_map(rules, view, language, href, units(count))


def view_of(play: Play) -> Forecast:
    return forecast(play.rules, play.chain.launch.variant, play.now, chain=play.chain)


def map_of(play: Play, language: Language = "zh", chain: Chain | None = None) -> MetroMap:
    """The map of a played chain as it stands now."""
    return chain_map(play.rules, chain or play.chain, view_of(play), language, href)


def gantt_of(play: Play, language: Language = "zh") -> Gantt:
    return chain_gantt(play.rules, play.chain, view_of(play), language, href)


def busy_land() -> Play:
    """Land to construction with something in every state that a map tells apart."""
    play = Play(rules_in_catalogue(LAND), modes={"L13": "exempt"})
    play.at("2026-03-03 10:00").settle("L01")
    play.at("2026-03-04 10:00").settle("L02")
    play.at("2026-03-05 09:00")
    for key in ("L03", "L04", "L08", "L10"):
        play.receive(key).accept(key)
    play.receive("L21")
    play.at("2026-03-06 09:00").stop("L08", "2026-03-24", StopReason.EXPERT_REVIEW)
    play.at("2026-03-09 10:00").do(cmd.WithdrawStep(step="L21", reason="the design changes"))
    play.at("2026-03-11 10:00").decide("L03").receive("L09").accept("L09")
    return play.wait("2026-03-18 10:00")


def parsed(drawing: Markup) -> ElementTree.Element:
    """The drawing as a tree. Raises ParseError when it is not well-formed."""
    return ElementTree.fromstring(str(drawing))


@st.composite
def definitions(draw: st.DrawFn) -> ChainDefinition:
    """Any small chain: up to a dozen steps of a few departments, each after some before it."""
    count = draw(st.integers(1, 12))
    leads = draw(st.lists(st.sampled_from("abcde"), min_size=count, max_size=count))
    steps: list[StepDefinition] = []
    for number in range(count):
        earlier = [one.id for one in steps]
        chosen = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=4)) if steps else []
        variants = draw(st.sampled_from([(Variant.STANDARD,), tuple(Variant)]))
        one = step(f"S{number:02}", promised=draw(st.integers(0, 9)), lead=leads[number])
        after = tuple(Edge(step=other, variants=variants) for other in chosen)
        name = draw(st.sampled_from(["审批", "特殊建设工程消防设计审查（含人防、防雷技术）"]))
        steps.append(
            one.model_copy(update={"after": after, "name": Text(zh=name, en=f"Review of {name}")})
        )
    names = [Department(id=d, name=Text(zh=d, en=d), short=Text(zh=d, en=d)) for d in "abcde"]
    return small_definition().model_copy(
        update={"steps": tuple(steps), "routes": (), "departments": tuple(names)}
    )


def rules_for(definition: ChainDefinition) -> Rules:
    # A copy keeps what its original had looked up, so it is made anew.
    fresh = ChainDefinition(
        **{name: getattr(definition, name) for name in type(definition).model_fields}
    )
    return Rules(fresh, small_rules().calendar)
