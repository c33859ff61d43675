"""Who may do what, and on whose cases: the one policy that API, pages, CLI and core consult.

An action is a command's verb or one of the plain actions below. Officers act on their own
department's steps; the enterprise's own steps belong to its project manager and housekeeper.
The administrator may do everything, in everybody's place, and is recorded as such. Which rows
somebody reaches follows from `ROWS` (`domain.reach`); `docs/authority.md` shows it all as a table.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from groundwork.domain.definition import StepDefinition
from groundwork.domain.model import Actor, Role
from groundwork.domain.rejections import Reason, Rejection

_DESK: Final = frozenset({Role.OFFICER, Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR})
_HEADS: Final = frozenset({Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR})
_CHIEFS: Final = frozenset({Role.DEPUTY_LEADER, Role.DIRECTOR})
_APPLICANT: Final = frozenset({Role.PROJECT_MANAGER, Role.HOUSEKEEPER})
_OVERSEERS: Final = frozenset(
    {Role.DATA_BUREAU, Role.BUSINESS_ENVIRONMENT_OFFICE, Role.LIAISON_LEADER}
)
_EVERYBODY: Final = frozenset(Role) - {Role.SYSTEM}


class Rows(StrEnum):
    """Which projects, with all their cases, are within somebody's reach.

    Those of enterprises, parks or codes that they were given; that they keep or entered themselves;
    in which their department leads a step or is asked; or all.
    """

    ENTERPRISES = "enterprises"
    PARKS = "parks"
    PROJECTS = "projects"
    KEPT = "kept"
    DEPARTMENT = "department"
    ALL = "all"


PERMITTED: Final = MappingProxyType(
    {
        # Commands on a chain.
        "choose_mode": _APPLICANT,
        "receive": _APPLICANT | _DESK,
        "request_correction": _DESK,
        "submit_correction": _APPLICANT,
        "accept": _DESK,
        "refuse_acceptance": _DESK,
        "begin_review": _DESK,
        "stop_clock": _DESK,
        "replan_stop": _DESK,
        "resume_clock": _DESK,
        "extend": _CHIEFS,
        "decide": _DESK,
        "exempt": _DESK,
        "withdraw_step": _APPLICANT,
        "revoke": _CHIEFS,
        "annul": _CHIEFS,
        "conclude_recheck": _HEADS,
        "open_consultation": _DESK,
        "give_opinion": _DESK,
        "schedule_visit": _DESK,
        "record_visit": _DESK,
        "request_rectification": _DESK,
        "submit_rectification": _APPLICANT,
        "draft_commitment": _DESK | _APPLICANT,
        "submit_performance": _APPLICANT,
        "add_unit": frozenset({Role.HOUSEKEEPER, Role.BUSINESS_ENVIRONMENT_OFFICE}),
        "drop_unit": frozenset({Role.HOUSEKEEPER, Role.BUSINESS_ENVIRONMENT_OFFICE}),
        "merge_units": frozenset({Role.HOUSEKEEPER, Role.BUSINESS_ENVIRONMENT_OFFICE}),
        "register_equipment": _DESK,
        "recheck_credit": _APPLICANT | _DESK,
        "assign": _DESK,
        "remind": frozenset({Role.HOUSEKEEPER, Role.BUSINESS_ENVIRONMENT_OFFICE}),
        "sign_commitment": frozenset({Role.PROJECT_MANAGER}),
        "verify_commitment": _DESK,
        "submit_cure": _APPLICANT,
        "confirm_cure": _DESK,
        "refuse_cure": _DESK,
        "extend_cure": _HEADS,
        "acknowledge": _DESK | _OVERSEERS,
        "appeal_escalation": _DESK,
        "uphold_escalation": frozenset({Role.BUSINESS_ENVIRONMENT_OFFICE, Role.LIAISON_LEADER}),
        "annul_escalation": frozenset({Role.BUSINESS_ENVIRONMENT_OFFICE, Role.LIAISON_LEADER}),
        "decide_referral": frozenset({Role.BUSINESS_ENVIRONMENT_OFFICE, Role.LIAISON_LEADER}),
        "withdraw_chain": _APPLICANT,
        "terminate_chain": frozenset({Role.HOUSEKEEPER, Role.BUSINESS_ENVIRONMENT_OFFICE}),
        "adopt_calendar": frozenset({Role.SYSTEM}),
        "adopt_definition": frozenset({Role.SYSTEM}),
        "skip_errand": frozenset({Role.OPS}),
        # Plain actions of the API and the CLI.
        "launch": frozenset({Role.HOUSEKEEPER}),
        "create_project": frozenset({Role.HOUSEKEEPER}),
        "override_uscc": _DESK,
        "read_cases": _EVERYBODY - {Role.OPS},
        "upload_documents": _APPLICANT | _DESK,
        "remove_documents": _APPLICANT | _DESK,
        "read_catalogue": _EVERYBODY,
        "read_audit": _OVERSEERS,
        "read_kpis": _OVERSEERS | _DESK | {Role.HOUSEKEEPER},
        "read_lights": _OVERSEERS | _DESK | {Role.HOUSEKEEPER, Role.OPS},
        "manage_people": frozenset[Role](),
        "read_credit": _EVERYBODY - {Role.OPS},
        "manage_credit": frozenset({Role.BUSINESS_ENVIRONMENT_OFFICE}),
        "manage_calendars": frozenset[Role](),
        "manage_definitions": frozenset[Role](),
        "rehearse": frozenset({Role.HOUSEKEEPER}),
        "set_absence": _EVERYBODY,
        "delegate": _HEADS,
        "read_duties": _EVERYBODY,
        "reassign": _DESK,
        "receive_notices": _EVERYBODY,
        "watch_post": frozenset({Role.OPS}),
        "manage_webhooks": frozenset[Role](),
        "read_payloads": frozenset({Role.OPS}),
        "manage_tracking_codes": _APPLICANT,
        "keep_views": _EVERYBODY,
    }
)
"""Roles that may perform each action, besides the administrator."""

RIGHTS: Final = frozenset({"read_payloads", "skip_errand"})
"""Actions that somebody of such a role may perform only if an administrator gave them the right.

They concern no case: whoever has the right needs none within reach.
"""

OWN_DEPARTMENT: Final = frozenset(
    {
        "receive",
        "request_correction",
        "accept",
        "refuse_acceptance",
        "begin_review",
        "stop_clock",
        "replan_stop",
        "resume_clock",
        "extend",
        "decide",
        "exempt",
        "revoke",
        "annul",
        "conclude_recheck",
        "open_consultation",
        "schedule_visit",
        "record_visit",
        "request_rectification",
        "draft_commitment",
        "assign",
        "verify_commitment",
        "confirm_cure",
        "refuse_cure",
        "extend_cure",
        "acknowledge",
        "appeal_escalation",
    }
)
"""Actions that a department's people may perform on their own department's steps only."""

_OFFICIAL: Final = frozenset({Rows.DEPARTMENT, Rows.KEPT, Rows.PROJECTS})

ROWS: Final[Mapping[Role, frozenset[Rows]]] = MappingProxyType(
    {
        Role.PROJECT_MANAGER: frozenset({Rows.ENTERPRISES, Rows.PROJECTS}),
        Role.HOUSEKEEPER: frozenset({Rows.PARKS, Rows.KEPT, Rows.PROJECTS}),
        Role.OFFICER: _OFFICIAL,
        Role.SECTION_HEAD: _OFFICIAL,
        Role.DEPUTY_LEADER: _OFFICIAL,
        Role.DIRECTOR: _OFFICIAL,
        Role.DATA_BUREAU: frozenset({Rows.ALL}),
        Role.BUSINESS_ENVIRONMENT_OFFICE: frozenset({Rows.ALL}),
        Role.LIAISON_LEADER: frozenset({Rows.ALL}),
        Role.SUPERVISOR: frozenset({Rows.ENTERPRISES, Rows.PARKS, Rows.PROJECTS}),
        Role.OPS: frozenset(),
        Role.ADMINISTRATOR: frozenset({Rows.ALL}),
        Role.SYSTEM: frozenset({Rows.ALL}),
    }
)
"""Whose cases each role reaches. What lies beyond answers as what does not exist."""

OWN_PARK: Final = frozenset({"create_project"})
"""Actions of a housekeeper that need a park given to them, not just any."""

_OWN_AFFAIR: Final = frozenset({"receive", "accept", "begin_review", "decide"})


def permits(role: Role, action: str) -> bool:
    """Whether the role may perform the action at all, whatever the department."""
    return role is Role.ADMINISTRATOR or role in PERMITTED[action]


def possible(role: Role, action: str) -> bool:
    """Whether somebody of the role may do that on some step: an applicant also on their own."""
    return permits(role, action) or (role in _APPLICANT and action in _OWN_AFFAIR)


def reserved(action: str) -> bool:
    """Whether nobody but the administrator may perform the action."""
    return not PERMITTED[action]


def authorise(actor: Actor, action: str, step: StepDefinition | None = None) -> None:
    """Let the actor perform the action, on the step if one is given.

    Raises Rejection: not_permitted, or other_department when the step is led by another one.
    """
    applicant = actor.role in _APPLICANT
    if step is not None and step.applicant_owned and applicant and action in _OWN_AFFAIR:
        return
    if not permits(actor.role, action):
        raise Rejection(Reason.NOT_PERMITTED, role=actor.role.value, action=action)
    if step is None or action not in OWN_DEPARTMENT or actor.role not in _DESK:
        return
    if actor.department != step.lead:
        raise Rejection(Reason.OTHER_DEPARTMENT, step=step.id, department=step.lead)
