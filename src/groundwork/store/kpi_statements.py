"""The cases behind each figure of effect, as SQL: what is over, when it was, and what it measured.

Every measure is one SELECT with the same columns (`CASE_COLUMNS`), so that the figures and the
lists behind them cannot disagree. Working days come from `workday`: the running number of every
working day of each calendar in use, so that a length is a difference. CTEs are materialised: the
planner does not know how many days a calendar has, and would join them before anything else.
"""

from typing import Final

from sqlalchemy import Boolean, Date, Integer, Text, column

from groundwork.domain.kpis import Measure
from groundwork.domain.model import RUNNING, SETTLED, EscalationState

CASE_COLUMNS: Final = (
    column("chain_id", Text),
    column("item", Text),
    column("definition", Text),
    column("variant", Text),
    column("district", Text),
    column("department", Text),
    column("step", Text),
    column("level", Integer),
    column("began", Date),
    column("due", Date),
    column("ended", Date),
    column("value", Integer),
    column("stopped", Integer),
    column("hit", Boolean),
)
"""What is known of a case. `item` is the id of what it is within its chain; `value` is a time."""


def _day(moment: str) -> str:
    """The legal date of a moment."""
    return f"({moment} AT TIME ZONE 'Asia/Shanghai')::date"


def _among(states: frozenset[str]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


_TAKEN_BACK: Final = frozenset({EscalationState.ANNULLED, EscalationState.REVERSED})

_IN_PERIOD: Final = "BETWEEN CAST(:since AS date) AND CAST(:until AS date)"
_PASSED: Final = f"{_IN_PERIOD} AND {{}} < CAST(:today AS date)"

_OF_CHAIN: Final = "c.definition_id AS definition, c.variant, c.district"
_STEP_CALENDAR: Final = (
    "CASE WHEN c.calendar_version || '/' || s.department = ANY(CAST(:closing AS text[]))"
    " THEN c.calendar_version || '/' || s.department ELSE c.calendar_version END AS cal"
)

_WORKDAY: Final = """workday AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:cals AS text[]), CAST(:days AS date[]), CAST(:numbers AS int[]))
        AS w(cal, day, n)
)"""

_TIMED: Final = """part AS MATERIALIZED (
    SELECT step_pause.* FROM fact JOIN step_pause USING (chain_id, key)
), pause AS MATERIALIZED (
    SELECT cut.chain_id, cut.key, cut.cal, lower(cut.days) - 1 AS first, upper(cut.days) - 1 AS last
    FROM (
        SELECT fact.chain_id, fact.key, fact.cal,
            unnest(
                part.stops * datemultirange(daterange(fact.accepted, fact.decided, '(]'))
            ) AS days
        FROM fact JOIN part USING (chain_id, key)
        WHERE fact.decided > fact.accepted AND part.stops IS NOT NULL
    ) AS cut
), halt AS (
    SELECT pause.chain_id, pause.key, sum(b.n - a.n)::int AS days
    FROM pause JOIN workday a ON a.cal = pause.cal AND a.day = pause.first
        JOIN workday b ON b.cal = pause.cal AND b.day = pause.last
    GROUP BY pause.chain_id, pause.key
), more AS MATERIALIZED (
    SELECT part.chain_id, part.key, part.corrected, coalesce(halt.days, 0) AS days
    FROM part LEFT JOIN halt USING (chain_id, key)
), timed AS (
    SELECT fact.*, greatest(0, d.n - a.n) - coalesce(more.days, 0) AS value,
        coalesce(more.days, 0) AS stopped, coalesce(more.corrected, false) AS corrected
    FROM fact JOIN workday a ON a.cal = fact.cal AND a.day = fact.accepted
        JOIN workday d ON d.cal = fact.cal AND d.day = fact.decided
        LEFT JOIN more ON more.chain_id = fact.chain_id AND more.key = fact.key
)"""
"""The working days of the steps in `fact`, and those for which their clocks stood."""

_STEPS: Final = f"""WITH {_WORKDAY}, fact AS MATERIALIZED (
    SELECT s.chain_id, s.key, s.department, {_OF_CHAIN}, {_STEP_CALENDAR}, s.due_on,
        {_day("s.accepted_at")} AS accepted, {_day("s.decided_at")} AS decided
    FROM step s JOIN chain c ON c.id = s.chain_id
    WHERE s.accepted_at IS NOT NULL AND s.decided_at >= :begin AND s.decided_at < :end
), {_TIMED}
SELECT timed.chain_id, timed.key AS item, timed.definition, timed.variant, timed.district,
    timed.department, split_part(timed.key, '.', 1) AS step, NULL::int AS level,
    timed.accepted AS began, timed.due_on AS due, timed.decided AS ended,
    timed.value, timed.stopped, timed.corrected AS hit
FROM timed"""

# Of a step in phases the first permit counts: with it the way goes on.
_ROUTES: Final = f"""WITH {_WORKDAY}, way AS MATERIALIZED (
    SELECT DISTINCT ON (s.chain_id, w.base) s.chain_id, s.key, {_STEP_CALENDAR},
        s.state IN ({_among(SETTLED)}) AS settled,
        {_day("s.accepted_at")} AS accepted, {_day("s.decided_at")} AS decided
    FROM unnest(CAST(:hashes AS text[]), CAST(:keys AS text[])) AS w(hash, base)
        JOIN chain c ON c.definition_hash = w.hash
        JOIN step s ON s.chain_id = c.id AND split_part(s.key, '.', 1) = w.base
    ORDER BY s.chain_id, w.base, settled DESC, s.decided_at, s.key
), past AS MATERIALIZED (
    SELECT chain_id, min(accepted) AS began, max(decided) AS ended FROM way
    GROUP BY chain_id HAVING bool_and(settled) AND max(decided) {_IN_PERIOD}
), fact AS MATERIALIZED (
    SELECT way.* FROM way JOIN past USING (chain_id)
    WHERE way.accepted IS NOT NULL AND way.decided IS NOT NULL
), {_TIMED}, summed AS MATERIALIZED (
    SELECT chain_id, sum(value)::int AS days, sum(stopped)::int AS stopped
    FROM timed GROUP BY chain_id
)
SELECT past.chain_id, ''::text AS item, {_OF_CHAIN}, NULL::text AS department, NULL::text AS step,
    NULL::int AS level, past.began, NULL::date AS due, past.ended,
    coalesce(summed.days, 0) AS value, coalesce(summed.stopped, 0) AS stopped, true AS hit
FROM past JOIN chain c ON c.id = past.chain_id
    LEFT JOIN summed ON summed.chain_id = past.chain_id"""

_SPAN: Final = f"""SELECT found.* FROM (
    SELECT DISTINCT ON (s.chain_id) s.chain_id, s.key AS item, {_OF_CHAIN},
        NULL::text AS department, split_part(s.key, '.', 1) AS step, NULL::int AS level,
        {_day("c.launched_at")} AS began, s.due_on AS due, {_day("s.decided_at")} AS ended,
        {_day("s.decided_at")} - {_day("c.launched_at")} AS value, 0 AS stopped, true AS hit
    FROM step s JOIN chain c ON c.id = s.chain_id
    WHERE split_part(s.key, '.', 1) = :last AND s.decided_at IS NOT NULL
        AND s.state IN ({_among(SETTLED)})
    ORDER BY s.chain_id, s.decided_at, s.key
) AS found WHERE found.ended {_IN_PERIOD}"""

_CHAINS: Final = f"""WITH {_WORKDAY}, past AS MATERIALIZED (
    SELECT c.*, {_day("c.launched_at")} AS began, {_day("c.finished_at")} AS ended FROM chain c
    WHERE c.state = 'completed' AND {_day("c.finished_at")} {_IN_PERIOD}
)
SELECT c.id AS chain_id, ''::text AS item, {_OF_CHAIN}, NULL::text AS department,
    NULL::text AS step, NULL::int AS level, c.began, NULL::date AS due, c.ended,
    greatest(0, b.n - a.n) AS value, 0 AS stopped, true AS hit
FROM past c JOIN workday a ON a.cal = c.calendar_version AND a.day = c.began
    JOIN workday b ON b.cal = c.calendar_version AND b.day = c.ended"""

_ON_TIME: Final = f"""SELECT s.chain_id, s.key AS item, {_OF_CHAIN}, s.department,
    split_part(s.key, '.', 1) AS step, NULL::int AS level, {_day("s.accepted_at")} AS began,
    s.due_on AS due, coalesce({_day("s.decided_at")}, s.due_on) AS ended, NULL::int AS value,
    0 AS stopped, s.decided_at IS NOT NULL AND {_day("s.decided_at")} <= s.due_on AS hit
FROM step s JOIN chain c ON c.id = s.chain_id
WHERE s.due_on IS NOT NULL AND (
    s.decided_at >= :begin AND s.decided_at < :end
    OR s.decided_at IS NULL AND s.state IN ({_among(RUNNING)})
        AND s.due_on {_PASSED.format("s.due_on")})"""

_ESCALATIONS: Final = f"""SELECT e.chain_id, e.id AS item, {_OF_CHAIN}, e.department,
    split_part(e.step, '.', 1) AS step, e.level, NULL::date AS began, e.answer_by AS due,
    {_day("e.at")} AS ended, NULL::int AS value, 0 AS stopped,
    e.state NOT IN ({_among(_TAKEN_BACK)}) AS hit
FROM escalation e JOIN chain c ON c.id = e.chain_id WHERE e.at >= :begin AND e.at < :end"""

_CURES: Final = f"""SELECT d.chain_id, d.id AS item, {_OF_CHAIN}, d.department,
    split_part(d.step, '.', 1) AS step, NULL::int AS level, {_day("d.opened_at")} AS began,
    d.cure_by AS due, coalesce({_day("d.closed_at")}, d.cure_by) AS ended, NULL::int AS value,
    0 AS stopped,
    d.state = 'closed' AND {_day("coalesce(d.submitted_at, d.closed_at)")} <= d.cure_by AS hit
FROM deficiency d JOIN chain c ON c.id = d.chain_id
WHERE d.state IN ('closed', 'lapsed') AND {_day("d.closed_at")} {_IN_PERIOD}
    OR d.state = 'open' AND d.cure_by {_PASSED.format("d.cure_by")}"""

_COMMITMENTS: Final = f"""SELECT m.chain_id, m.id AS item, {_OF_CHAIN}, m.department,
    split_part(m.step, '.', 1) AS step, NULL::int AS level, {_day("m.signed_at")} AS began,
    m.due_on AS due, {_day("m.closed_at")} AS ended, NULL::int AS value, 0 AS stopped,
    m.outcome = 'fulfilled' AS hit
FROM commitment m JOIN chain c ON c.id = m.chain_id
WHERE m.outcome IN ('fulfilled', 'breached') AND {_day("m.closed_at")} {_IN_PERIOD}"""

STATEMENTS: Final = {
    Measure.ROUTE_TIME: _ROUTES,
    Measure.SPAN: _SPAN,
    Measure.CHAIN_TIME: _CHAINS,
    Measure.STEP_TIME: _STEPS,
    Measure.STEP_STOPPED: _STEPS,
    Measure.CORRECTIONS: _STEPS,
    Measure.ON_TIME: _ON_TIME,
    Measure.ESCALATIONS: _ESCALATIONS,
    Measure.CURES: _CURES,
    Measure.COMMITMENTS: _COMMITMENTS,
}
"""The cases of each measure. Parameters: `since` and `until`, the same as moments (`begin`, `end`),
`today`, those of the calendars in
use, and for a route its steps (`hashes` and `keys`), for a span its `last` one."""
