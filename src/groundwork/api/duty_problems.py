"""What can go wrong with absences, substitutes, delegations and who is in charge.

By code: the status, the title in both languages, and what is wrong and what to do in both.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DUTY_PROBLEMS: Final[Mapping[str, tuple[int, str, str, str, str]]] = MappingProxyType(
    {
        "absence_not_found": (
            404,
            "请假登记不存在",
            "No such absence",
            "没有编号为 {absence} 的请假登记。请核对编号。",
            "There is no absence {absence}. Compare the id.",
        ),
        "delegation_not_found": (
            404,
            "委托不存在",
            "No such delegation",
            "没有编号为 {delegation} 的委托。请核对编号。",
            "There is no delegation {delegation}. Compare the id.",
        ),
        "absence_overlaps": (
            409,
            "请假日期重叠",
            "The absences overlap",
            "{person} 在其中某日已登记请假。请先结束原登记，或改用其他日期。",
            "{person} is out of office already on one of the days. End that absence first, or"
            " choose other days.",
        ),
        "substitute_loop": (
            409,
            "代理关系成环",
            "The substitutes form a loop",
            "{substitute} 届时也请假，且其代理最终回到 {person}，将无人办理。请另选代理人。",
            "{substitute} is away as well then, and their substitutes lead back to {person}: nobody"
            " would be left. Choose another substitute.",
        ),
        "work_left": (
            409,
            "尚有未移交的工作",
            "Open work is left",
            "{person} 尚有承办环节 {steps} 个、代理 {substitutes} 项、委托 {delegations} 项。"
            "请先移交或结束；确需留下的，请加 leave_work=true。",
            "{person} still has {steps} steps, stands in {substitutes} times and has {delegations}"
            " delegations. Hand them over or end them first, or add leave_work=true.",
        ),
        "substitute_unfit": (
            422,
            "人选不符",
            "Not somebody who can stand in",
            "{substitute} 不能代 {person} 办理："
            "须为同一部门的另一名在岗人员（无部门的须为相同角色）。",
            "{substitute} cannot act for {person}: it must be somebody else in office of the same"
            " department, or of the same role where there is no department.",
        ),
        "assignee_unfit": (
            422,
            "承办人不符",
            "Not somebody to be in charge",
            "{person} 不能承办环节 {step}：须为该环节负责部门的在岗人员。",
            "{person} cannot be in charge of step {step}: it must be somebody in office of the"
            " department that leads it.",
        ),
        "officers_unfit": (
            422,
            "现场人员不符",
            "Not officers of the department",
            "不能登记为环节 {step} 的现场人员：{people}。须为该环节负责部门的在岗人员。",
            "These cannot have been on site for step {step}: {people}. They must be in office of"
            " the department that leads it.",
        ),
        "not_delegable": (
            422,
            "不能委托",
            "Not to be delegated",
            "不能委托“{action}”：只能委托本人在本部门环节上有权办理的事项。可委托：{delegable}。",
            "It is not possible to delegate to {action}: only what you may do yourself on your"
            " department's steps. That is: {delegable}.",
        ),
    }
)
