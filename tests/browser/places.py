"""Every page of the product and who looks at it: for pictures, and for what holds everywhere."""

from typing import NamedTuple

from tests.browser.demo import HALLS, LACKING, LAND, LETTER

OFFICER = "natural-resources.officer"
CODE = LAND.partition(".")[2]
DRAFT = "project=2611-440784-04-01-181555&chain=land-to-construction&variant=standard"
UNITS = "project=2611-440784-04-01-181555&chain=completion-to-production&unit=B1:1号厂房"


class Spot(NamedTuple):
    """A page: what its pictures are called, its address, and whose page it is; empty: anybody's."""

    name: str
    path: str
    who: str = "housekeeper"


SPOTS = (
    Spot("sign-in", "/sign-in", ""),
    Spot("home-housekeeper", "/"),
    Spot("home-officer", "/", OFFICER),
    Spot("home-leader", "/", "liaison-leader"),
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
        OFFICER,
    ),
    Spot("inbox", "/inbox/natural-resources", OFFICER),
    Spot("inbox-done", "/inbox/natural-resources?tab=done", OFFICER),
    Spot("inbox-bulk", f"/inbox/natural-resources/bulk?verb=accept&pick={LAND}|L07", OFFICER),
    Spot("step", f"/chains/{LACKING}/steps/L07", OFFICER),
    Spot("step-form", f"/chains/{LAND}/steps/L17?do=decide", OFFICER),
    Spot("step-joint", f"/chains/{HALLS}/steps/C13.B1", "housing-construction.officer"),
    Spot("step-why", f"/chains/{LACKING}/steps/L07/why", OFFICER),
    Spot("step-decision", f"/chains/{LACKING}/steps/L01/print/decision", OFFICER),
    Spot("projects", "/projects"),
    Spot("projects-none", "/projects?q=nothing+is+called+so"),
    Spot("project", f"/projects/{CODE}"),
    Spot("documents", f"/projects/{CODE}/documents"),
    Spot("launch", "/launch"),
    Spot("launch-project", "/launch/project"),
    Spot("launch-tasks", f"/launch?{DRAFT}"),
    Spot("launch-chain", f"/launch/chain?{DRAFT}"),
    Spot("launch-units", f"/launch/units?{UNITS}"),
    Spot("launch-modes", f"/launch/modes?{DRAFT}"),
    Spot("launch-credit", f"/launch/credit?{DRAFT}"),
    Spot("launch-rehearsal", f"/launch/rehearsal?{DRAFT}"),
    Spot("escalations", "/escalations", "liaison-leader"),
    Spot("escalations-mine", "/escalations?mine=1", "natural-resources.director"),
    Spot("escalation", f"/chains/{LAND}/escalations/L17-red_card", "natural-resources.director"),
    Spot("notices", "/notices", OFFICER),
    Spot("profile", "/profile", OFFICER),
    Spot("profile-channels", "/profile/channels", OFFICER),
    Spot("profile-duties", "/profile/duties", "natural-resources.section-head"),
    Spot("profile-handover", "/profile/duties/handover", "natural-resources.section-head"),
    Spot("profile-security", "/profile/security", "ops"),
    Spot("profile-sessions", "/profile/sessions", OFFICER),
    Spot("calendars", "/calendars"),
    Spot("calendar", "/calendars/cn-2026.1"),
    Spot("calendar-due", "/calendars/due?since=2026-09-30&working_days=5"),
    Spot("calendar-new", "/calendars/new", "administrator"),
    Spot("kpis", "/kpis", "business-environment-office"),
    Spot("kpi-cases", "/kpis/on-time", "business-environment-office"),
    Spot("progress", "/progress", ""),
    Spot("ops", "/ops", "ops"),
    Spot("problem", "/nowhere"),
)
