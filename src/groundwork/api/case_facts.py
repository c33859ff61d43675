"""The file of a case: what an inspector needs to see of a chain, gathered and put into words.

People stand in it by role and opaque id. Everything is as it stands when it is asked for; dates are
explained by the same law that sets them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from groundwork.api.languages import Language
from groundwork.api.paper_facts import History, PaperWords, whole_case
from groundwork.api.visit import Visit
from groundwork.api.words import event_name
from groundwork.domain.explain import Explanation, ToldStop, explain
from groundwork.domain.fold import evolve
from groundwork.domain.model import Chain
from groundwork.domain.names import (
    BREACHES,
    CHAIN_STATES,
    ESCALATION_STATES,
    MODES,
    PROMISE_STATES,
    PROVENANCES,
    RESULTS,
    ROLES,
    SCANS,
    STATES,
    UNITS,
    VARIANTS,
)
from groundwork.domain.rules import Rules
from groundwork.rehearsal.wording import Wording
from groundwork.store.ledger import Finding
from groundwork.store.paging import Row
from groundwork.store.proof_export import Scope, denials_about
from groundwork.store.signatures import fingerprint

MOST_DOCUMENTS: Final = 1000

Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; `widths` are shares of the page's width."""

    header: tuple[str, ...]
    widths: tuple[float, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(slots=True)
class Section:
    """A part of the file under its heading; `level` 2 for one that belongs to the part before."""

    title: str
    blocks: list[str | Facts | Grid] = field(default_factory=list)
    level: int = 1


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A whole file."""

    language: Language
    title: str
    number: str
    made: str
    sections: Sequence[Section]


async def case_facts(visit: Visit, chain_id: str) -> CaseFile:
    """Everything about a chain that its decisions stand on. Raises Problem (chain_not_found)."""
    row, events, chain = await whole_case(visit, chain_id)
    rules = (await visit.resources.rules(chain)).under(chain.calendar_version)
    teller = _Teller(visit, rules, chain, row, events)
    sections = [
        teller.cover(),
        teller.parties(),
        *teller.steps(),
        teller.commitments(),
        teller.deficiencies(),
        teller.escalations(),
        teller.history(),
        await teller.documents(),
        await teller.denials(),
        await teller.proof(),
    ]
    say = teller.words.say
    made = say("生成于 ", "Made ") + teller.words.moment(visit.received_at)
    title = say("案件卷宗", "Case file")
    return CaseFile(visit.language, title, chain_id, made, sections)


@dataclass(frozen=True, slots=True)
class _Teller:
    visit: Visit
    rules: Rules
    chain: Chain
    row: Row
    events: History

    @property
    def words(self) -> PaperWords:
        return PaperWords(self.visit.language)

    def cover(self) -> Section:
        say, said, chain, row = self.words.say, self.words.said, self.chain, self.row
        launch = chain.launch
        facts = [
            (say("项目", "Project"), row["project_name"]),
            (say("项目代码", "Project code"), launch.project_code),
            (say("企业", "Enterprise"), row["enterprise"]),
            (say("统一社会信用代码", "Unified social credit code"), launch.uscc),
            (say("审批链条", "Chain"), said(self.rules.definition.name)),
            (
                say("规则版本", "Rules"),
                f"{launch.definition.id} {launch.definition.version} · {launch.definition.hash}",
            ),
            (say("工作日历", "Calendar"), chain.calendar_version),
            (say("方案", "Variant"), said(VARIANTS[launch.variant.value])),
            (say("启动", "Launched"), self.words.moment(launch.received_at)),
            (say("状态", "State"), said(CHAIN_STATES[chain.state.value])),
            (say("办理记录", "Events"), str(chain.seq)),
        ]
        if chain.ending:
            facts.append((say("结束说明", "Ending"), chain.ending))
        return Section(say("封面", "Cover"), [facts])

    def parties(self) -> Section:
        say = self.words.say
        acts: dict[tuple[str, str, str], int] = {}
        for event in self.events:
            by = event.by
            known = {one.id: self.words.said(one.name) for one in self.rules.definition.departments}
            department = known.get(by.department or "", by.department or "—")
            party = (self.words.said(ROLES[by.role.value]), by.id, department)
            acts[party] = acts.get(party, 0) + 1
        header = (
            say("角色", "Role"),
            say("编号", "Id"),
            say("部门", "Department"),
            say("次数", "Acts"),
        )
        rows = [(*party, str(count)) for party, count in sorted(acts.items())]
        return Section(
            say("参与方（以角色和编号表示）", "Parties, by role and opaque id"),
            [Grid(header, (0.25, 0.3, 0.35, 0.1), rows)],
        )

    def steps(self) -> Iterator[Section]:
        say = self.words.say
        yield Section(say("环节、计时与时限说明", "Steps, their clocks, and why their dates"))
        place = {one.id: number for number, one in enumerate(self.rules.definition.steps)}
        keys = self.chain.steps
        for key in sorted(keys, key=lambda one: (place[one.partition(".")[0]], one)):
            explained = explain(self.rules, self.chain, key, self.visit.received_at)
            yield self._step(key, explained)

    def _step(self, key: str, told: Explanation) -> Section:
        say, said, words = self.words.say, self.words.said, self.words
        step = self.chain.steps[key]
        definition = self.rules.definition
        facts = [
            (say("部门", "Department"), words.department(definition, definition.step(key).lead)),
            (say("状态", "State"), said(STATES[step.state.value])),
            (say("方式", "Mode"), said(MODES[step.mode.value])),
        ]
        moments = (
            (say("收件", "Handed in"), step.received_at),
            (say("受理", "Accepted"), step.accepted_at),
        )
        facts += [(name, words.moment(at)) for name, at in moments if at]
        if told.by_silence:
            facts.append((say("默示受理", "By silence"), say("是", "yes")))
        facts += self._due(told)
        if step.decision:
            result = said(RESULTS[step.decision.result.value])
            facts.append((say("决定", "Decision"), f"{result} · {words.moment(step.decision.at)}"))
        blocks: list[str | Facts | Grid] = [facts]
        if told.stops:
            blocks.append(self._stops(told.stops))
        return Section(words.step(self.chain, step, definition), blocks, level=2)

    def _due(self, told: Explanation) -> Iterator[tuple[str, str]]:
        say, said, words = self.words.say, self.words.said, self.words
        if told.promised:
            source = words.source(told.promised.source)
            origin = said(PROVENANCES[told.promised.provenance.value])
            yield say("承诺时限", "Promised"), f"{words.limit(told.promised)} · {origin} · {source}"
        if told.extension:
            yield say("延期", "Extended by"), str(told.extension.amount)
        if told.due:
            last = words.term(told.due.on, told.due.moment)
            if told.due.provisional:
                last += say("（暂定）", " (provisional)")
            yield say("到期", "Due"), last
            yield say("计算", "Reckoning"), self._reckoning(told)
        elif told.no_date:
            yield say("无到期日", "No due date"), said(told.no_date.text)
        if told.split:
            unit = said(UNITS[told.split.unit.value])
            spent = (
                (say("部门", "department"), told.split.department_days),
                (say("企业", "applicant"), told.split.applicant_days),
                (say("其他", "others"), told.split.other_days),
            )
            yield (
                say("用时", "Time used"),
                words.listed(f"{who} {days} {unit}" for who, days in spent),
            )
        for one in told.statutory:
            until = f" · {words.day(one.due_on)}" if one.due_on else ""
            remark = f" · {said(one.remark)}" if one.remark else ""
            source = words.source(one.limit.source)
            yield say("法定时限", "By law"), f"{words.limit(one.limit)}{until} · {source}{remark}"

    def _reckoning(self, told: Explanation) -> str:
        """The days that count and, each with its reason, those that do not."""
        assert told.due is not None, "callers have a due date"
        say, said = self.words.say, self.words.said
        counted = [one.day for one in told.due.ledger if one.number is not None]
        left_out: dict[str, list[date]] = {}
        for one in told.due.ledger:
            if one.number is None:
                left_out.setdefault(said(one.note), []).append(one.day)
        parts = [say(f"计入 {len(counted)} 天", f"{len(counted)} days count")]
        if counted:
            parts[0] += f" ({counted[0].isoformat()} – {counted[-1].isoformat()})"
        for why, days in left_out.items():
            listed = self.words.listed(f"{day:%m-%d}" for day in days)
            parts.append(say(f"不计入（{why}）：{listed}", f"left out ({why}): {listed}"))
        reasons = {self.words.source(rule.source) for rule in told.rules if rule.source}
        parts += [say("依据：", "By: ") + self.words.listed(sorted(reasons))] if reasons else []
        return say("；", "; ").join(parts)

    def _stops(self, stops: Sequence[ToldStop]) -> Grid:
        say, words = self.words.say, self.words
        header = (
            say("停表原因", "Stopped for"),
            say("起", "From"),
            say("计划至", "Planned"),
            say("实际至", "Until"),
            say("依据", "Basis"),
        )
        rows = [
            (
                words.said(one.name),
                words.moment(one.since),
                words.day(one.planned_end),
                words.moment(one.until),
                f"{one.basis} {one.notice}".strip(),
            )
            for one in stops
        ]
        return Grid(header, (0.2, 0.2, 0.15, 0.2, 0.25), rows)

    def commitments(self) -> Section:
        say, said, words = self.words.say, self.words.said, self.words
        header = (
            say("编号", "Id"),
            say("义务", "Obligations"),
            say("签署", "Signed"),
            say("履行期限", "Due"),
            say("状态", "State"),
        )
        rows = []
        for one in self.chain.commitments.values():
            state = said(PROMISE_STATES[one.state.value])
            if one.outcome:
                state += f" · {said(PROMISE_STATES[one.outcome.value])}"
            if one.breach:
                state += f" · {said(BREACHES[one.breach.value])}"
            due = words.term(one.due_on, one.due_before)
            obligations = words.listed(one.obligations)
            rows.append((one.id, obligations, words.moment(one.signed_at), due, state))
        return self._listed(
            say("告知承诺", "Commitments"), header, (0.2, 0.3, 0.18, 0.16, 0.16), rows
        )

    def deficiencies(self) -> Section:
        say, said, words = self.words.say, self.words.said, self.words
        header = (
            say("编号", "Id"),
            say("材料", "Material"),
            say("容缺于", "Tolerated"),
            say("补齐期限", "Cure by"),
            say("状态", "State"),
        )
        rows = []
        for one in self.chain.deficiencies.values():
            material = self.rules.definition.step(one.step).material(one.material)
            named = said(material.name) if material else one.material
            by = words.term(one.cure_by, one.cure_before)
            state = said(PROMISE_STATES[one.state.value])
            rows.append((one.id, named, words.moment(one.opened_at), by, state))
        return self._listed(
            say("容缺", "Deficiencies"), header, (0.25, 0.27, 0.18, 0.16, 0.14), rows
        )

    def escalations(self) -> Section:
        say, said, words = self.words.say, self.words.said, self.words
        header = (
            say("编号", "Id"),
            say("级别", "Level"),
            say("时间", "When"),
            say("状态", "State"),
            say("答复", "Answer"),
        )
        rows = []
        for one in self.chain.escalations.values():
            answer = f"{one.answer} {one.answered_by or ''}".strip()
            if one.appeal:
                appealed = f"{one.appeal.reason} → {one.appeal.decision}"
                answer += say(f"；申诉：{appealed}", f"; appeal: {appealed}")
            state = said(ESCALATION_STATES[one.state.value])
            rows.append((one.id, str(one.level), words.moment(one.at), state, answer))
        return self._listed(say("督办", "Escalations"), header, (0.22, 0.08, 0.2, 0.15, 0.35), rows)

    def history(self) -> Section:
        say, words = self.words.say, Wording(self.rules.definition)
        rows, chain = [], None
        for event in self.events:
            chain = evolve(chain, event)
            automatic = bool(getattr(event, "automatic", False))
            name = self.words.said(event_name(event.type, automatic=automatic))
            zh, en = words.happening(event, chain)
            happened = " ".join(
                one for one in (words.step_of(event, chain) or "", say(zh, en)) if one
            )
            more = [str(value) for f in _BESIDES if (value := getattr(event, f, ""))]
            if officers := getattr(event, "officers", ()):
                more.append(say("现场人员：", "on site: ") + self.words.listed(officers))
            rows.append(
                (
                    str(event.seq),
                    self.words.moment(event.at),
                    say("：", ": ").join([name, happened]) if happened else name,
                    self.words.person(event.by),
                    " · ".join([self.words.source(event.basis), *more]).strip(" ·"),
                )
            )
        header = (
            say("序号", "No."),
            say("时间", "When"),
            say("事项", "What"),
            say("谁", "Who"),
            say("依据", "Basis"),
        )
        grid = Grid(header, (0.07, 0.17, 0.34, 0.2, 0.22), rows)
        return Section(say("全部办理记录", "Full history"), [grid])

    async def documents(self) -> Section:
        say, words = self.words.say, self.words
        desk = self.visit.resources.document_desk
        found = await desk.documents.page(self.chain.launch.project_code, limit=MOST_DOCUMENTS)
        rows = [
            (
                document["title"] or version["file_name"],
                f"{document['id']} v{version['number']}",
                words.moment(version["uploaded_at"]),
                words.said(SCANS[version["scan"]]),
                version["sha256"],
            )
            for document in found.items
            for version in document["versions"]
        ]
        header = (
            say("文件", "Document"),
            say("编号与版本", "Id and version"),
            say("上传", "Uploaded"),
            say("查毒", "Scan"),
            "SHA-256",
        )
        title = say("项目文件清单", "Documents of the project")
        return self._listed(title, header, (0.2, 0.2, 0.15, 0.1, 0.35), rows)

    async def denials(self) -> Section:
        say = self.words.say
        found = await denials_about(self.visit.resources.database, Scope(chain=self.chain.id))
        header = (
            say("编号", "No."),
            say("时间", "When"),
            say("何人", "Who"),
            say("行为", "Action"),
            say("理由", "Reason"),
        )
        rows = [
            (
                str(one["id"]),
                self.words.moment(one["at"]),
                one["actor"] or "—",
                one["action"],
                one["reason"],
            )
            for one in found
        ]
        title = say("被拒绝的操作", "Refused attempts")
        return self._listed(title, header, (0.1, 0.2, 0.3, 0.2, 0.2), rows)

    async def proof(self) -> Section:
        """Whether the record of the chain is whole, and the newest signed head."""
        say, audit = self.words.say, self.visit.resources.audit
        findings = [*await audit.verify(self.chain.id), *await audit.refold(self.chain.id)]
        title = say("核验结果与签名", "Verification and signature")
        whole = say(
            f"核验 {len(self.events)} 条记录：完整，未发现问题。",
            f"{len(self.events)} events were checked: the record is whole.",
        )
        blocks: list[str | Facts | Grid] = []
        blocks.append(self._found(findings) if findings else whole)
        row = await self.visit.resources.reads.chain(self.chain.id)
        facts = [
            (say("末条记录的哈希", "Hash of the last event"), row["head_hash"] if row else "—")
        ]
        heads = await self.visit.resources.signed_heads.list(1)
        for head in heads:
            statement = head.said()
            facts += [
                (say("最近一次签名日", "Newest signed head"), head.day.isoformat()),
                (say("签名内容", "Signed statement"), head.statement),
                (say("签名（Ed25519）", "Signature (Ed25519)"), head.signature),
                (say("公钥", "Public key"), head.public_key),
                (say("公钥指纹", "Fingerprint of the key"), fingerprint(head.public_key)),
                (say("签名时间", "Signed at"), str(statement.get("signed_at", "—"))),
            ]
        if not heads:
            facts.append((say("签名", "Signature"), say("尚无每日签名。", "no head is signed yet")))
        blocks.append(facts)
        blocks.append(
            say(
                "本卷宗可用同时导出的 JSON Lines 文件离线核验：groundwork audit verify 文件名。",
                "The JSON Lines export that belongs to this file can be checked offline:"
                " groundwork audit verify FILE.",
            )
        )
        return Section(title, blocks)

    def _found(self, findings: Sequence[Finding]) -> Grid:
        say = self.words.say
        header = (say("记录", "Event"), say("问题", "What"), say("说明", "Detail"))
        rows = [(str(one.seq or "—"), one.kind.value, one.detail) for one in findings]
        return Grid(header, (0.15, 0.2, 0.65), rows)

    def _listed(
        self,
        title: str,
        header: tuple[str, ...],
        widths: tuple[float, ...],
        rows: Sequence[tuple[str, ...]],
    ) -> Section:
        return Section(
            title, [Grid(header, widths, rows) if rows else self.words.say("无。", "None.")]
        )


_BESIDES: Final = ("document", "opinion", "notice", "findings", "answer", "reason")
