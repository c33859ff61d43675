"""What an operator reads of each type of workflow in the Temporal UI, whatever it has done.

Given along with every start, and said again by the current details of those that continue as new:
the engine gives a continued run neither. Nothing here is a personal datum.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

SUMMARY_BYTES: Final = 200
"""How long a summary may be, encoded as UTF-8; lists show no more of it."""


class About(NamedTuple):
    """A type of workflow in a few lines, Chinese first."""

    summary: str
    does: str
    runs: str
    fails: str

    @property
    def details(self) -> str:
        """What it does, how often it runs and what to do if it fails (Markdown)."""
        return (
            f"- **作用 What it does**：{self.does}\n"
            f"- **何时 How often**：{self.runs}\n"
            f"- **失败时 If it fails**：{self.fails}"
        )


_ONCE_A_CHAIN: Final = (
    "每个项目一条，从启动到办结，可达数月。 One for each project, from its launch to its end, "
    "often for months."
)
_A_CHAIN_FAILS: Final = (
    "运行 `groundwork ops diagnose` 加链条编号，按 docs/ops/troubles.md 处理，勿手工终止。 "
    "Run `groundwork ops diagnose` with its id and go by docs/ops/troubles.md; do not "
    "terminate it."
)
_ROLLOUT_RUNS: Final = (
    "每次发布运行一次，至全部链条启用或被新版本取代为止。 Once for each publication, until "
    "every chain has adopted it or a newer version takes its place."
)
_ROLLOUT_FAILS: Final = (
    "未完成的可在发布页再次推行，重复无害；链条自身的问题见 docs/ops/troubles.md。 What is "
    "left may be rolled out again from the page that published it, without harm; for a "
    "chain's own trouble see docs/ops/troubles.md."
)

ABOUT: Final[Mapping[str, About]] = MappingProxyType(
    {
        "LandToConstruction": About(
            "拿地即动工 Land to construction",
            "从拿地到开工的审批链条：记录办理，计算期限，到期督办。 The approvals from land "
            "to construction: it takes decisions, counts limits and escalates what is late.",
            _ONCE_A_CHAIN,
            _A_CHAIN_FAILS,
        ),
        "CompletionToProduction": About(
            "完工即投产 Completion to production",
            "从完工到投产的审批链条：记录办理，计算期限，到期督办。 The approvals from "
            "completion to production: it takes decisions, counts limits and escalates what "
            "is late.",
            _ONCE_A_CHAIN,
            _A_CHAIN_FAILS,
        ),
        "CalendarRollout": About(
            "推行日历 Calendar rollout",
            "让全部在办链条启用新发布的工作日历并重算期限。 Has every running chain adopt a "
            "newly published calendar and reckon its limits anew.",
            _ROLLOUT_RUNS,
            _ROLLOUT_FAILS,
        ),
        "DefinitionRollout": About(
            "推行定义 Definition rollout",
            "让可以改用的在办链条改用新版定义。 Has the running chains that can go by a newer "
            "version of their definition do so.",
            _ROLLOUT_RUNS,
            _ROLLOUT_FAILS,
        ),
        "Postman": About(
            "通知投递 Postman",
            "按台账拟定并投递通知，调用 Webhook。 Plans notices from the record, delivers "
            "them and calls webhooks.",
            "始终运行，每个任务队列一个；班次结束即接续为新的运行。 Always, one for each task "
            "queue; it continues as a new run after some shifts.",
            "启动一个工作进程即会重新开始，不丢失、不重发；见 docs/ops/troubles.md。 Start a "
            "worker, which begins it anew: nothing is lost or sent twice; see "
            "docs/ops/troubles.md.",
        ),
        "Digest": About(
            "通知摘要 Digest of notices",
            "为选择摘要的人汇编通知。 Composes digests for those who want their notices gathered.",
            "按计划每日一次，由工作日历决定当日是否编写。 Once a day by its schedule; the "
            "calendar of working days says whether one is due that day.",
            "会自行重试；六小时内的错过会补办。查看数据库及 docs/ops/troubles.md。 It tries "
            "again by itself, and a run missed is made up for within six hours. Look at the "
            "database and at docs/ops/troubles.md.",
        ),
        "SignedHead": About(
            "台账签名 Signed head of the record",
            "签署台账每日的首部，并加盖时间戳。 Signs the head of the record for each day and "
            "has it time-stamped.",
            "按计划每日一次，工作进程启动时也运行。 Once a day by its schedule, and whenever "
            "a worker starts.",
            "运行 `groundwork doctor` 检查签名密钥；下次运行自动补签，见 docs/ops/alerts.md。 "
            "Look at the signing key with `groundwork doctor`; the next run makes up for what "
            "was missed, see docs/ops/alerts.md.",
        ),
    }
)
"""By the name of the workflow type; the worker registers no other."""


def details_of(workflow_type: str) -> str:
    """What is said of a type of workflow; nothing of one that no worker of this release has."""
    known = ABOUT.get(workflow_type)
    return known.details if known else ""


def fitted(summary: str) -> str:
    """A summary that is not too long, cut at its end if need be."""
    encoded = summary.encode()
    if len(encoded) <= SUMMARY_BYTES:
        return summary
    return encoded[: SUMMARY_BYTES - len("…".encode())].decode(errors="ignore") + "…"
