"""Every page of the product and who looks at it: for pictures, and for what holds everywhere."""

from typing import NamedTuple

from tests.browser.demo import HALLS, LACKING, LAND, LETTER

CODE = LAND.partition(".")[2]


class Spot(NamedTuple):
    """A page: what its pictures are called, its address, and whose page it is; empty: anybody's."""

    name: str
    path: str
    who: str = "housekeeper"


SPOTS = (
    Spot("sign-in", "/sign-in", ""),
    Spot("home-housekeeper", "/"),
    Spot("home-officer", "/", "natural-resources.officer"),
    Spot("home-leader", "/", "liaison-leader"),
    Spot("projects", "/projects"),
    Spot("projects-filtered", "/projects?light=red&open_deficiencies=true&search=9"),
    Spot("project", f"/projects/{CODE}"),
    Spot("progress", "/progress", ""),
    Spot("kpis", "/kpis", "data-bureau"),
    Spot("kpi-cases", "/kpis/on-time", "data-bureau"),
    Spot("chain", f"/chains/{LAND}", "project-manager"),
    Spot("chain-halls", f"/chains/{HALLS}", "project-manager"),
    Spot("chain-plan", f"/chains/{LAND}/plan", "project-manager"),
    Spot("chain-promises", f"/chains/{LACKING}/promises"),
    Spot("chain-units", f"/chains/{HALLS}/units"),
    Spot("chain-history", f"/chains/{LAND}/history"),
    Spot("commitments", "/commitments?all=1"),
    Spot("commitment", f"/chains/{LETTER}/commitments/L07-commitment", "project-manager"),
    Spot("deficiencies", "/deficiencies?all=1"),
    Spot(
        "deficiency",
        f"/chains/{LACKING}/deficiencies/L07-pipeline-opinion",
        "natural-resources.officer",
    ),
    Spot("ops", "/ops", "ops"),
    Spot("problem", "/nowhere"),
)
