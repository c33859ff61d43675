"""The updates that every kind of chain takes: one for each kind of command.

They are the same for all chains of a process, so the sandbox passes this module through; what they
lead to stands in the shell (`chain`), which alone is loaded anew for every chain.
"""

from collections.abc import Callable
from typing import Any

from temporalio import workflow

from groundwork.domain import commands as cmd


def command_update(kind: type[Any]) -> Callable[..., Any]:
    """The update that carries out one kind of command; its name is the command's verb."""
    verb: str = kind.model_fields["type"].default

    # The SDK takes an annotated `self` for an argument of the update.
    def carry_out(self, envelope: cmd.Envelope) -> cmd.Receipt:  # type: ignore[no-untyped-def]
        receipt: cmd.Receipt = self.carry_out(envelope)
        return receipt

    def check(self, envelope: cmd.Envelope) -> None:  # type: ignore[no-untyped-def]
        self.check(verb, envelope)

    carry_out.__name__ = carry_out.__qualname__ = verb
    update = workflow.update(name=verb, description=kind.__doc__)(carry_out)
    update.validator(check)
    return update


class Updates:
    """What people ask of a chain. The shell gives it `check` and `carry_out`."""

    choose_mode = command_update(cmd.ChooseMode)
    receive = command_update(cmd.Receive)
    request_correction = command_update(cmd.RequestCorrection)
    submit_correction = command_update(cmd.SubmitCorrection)
    accept = command_update(cmd.Accept)
    refuse_acceptance = command_update(cmd.RefuseAcceptance)
    begin_review = command_update(cmd.BeginReview)
    stop_clock = command_update(cmd.StopClock)
    replan_stop = command_update(cmd.ReplanStop)
    resume_clock = command_update(cmd.ResumeClock)
    extend = command_update(cmd.Extend)
    decide = command_update(cmd.Decide)
    exempt = command_update(cmd.Exempt)
    withdraw_step = command_update(cmd.WithdrawStep)
    revoke = command_update(cmd.Revoke)
    annul = command_update(cmd.Annul)
    conclude_recheck = command_update(cmd.ConcludeRecheck)
    open_consultation = command_update(cmd.OpenConsultation)
    give_opinion = command_update(cmd.GiveOpinion)
    schedule_visit = command_update(cmd.ScheduleVisit)
    record_visit = command_update(cmd.RecordVisit)
    request_rectification = command_update(cmd.RequestRectification)
    submit_rectification = command_update(cmd.SubmitRectification)
    draft_commitment = command_update(cmd.DraftCommitment)
    assign = command_update(cmd.Assign)
    remind = command_update(cmd.Remind)
    sign_commitment = command_update(cmd.SignCommitment)
    submit_performance = command_update(cmd.SubmitPerformance)
    verify_commitment = command_update(cmd.VerifyCommitment)
    submit_cure = command_update(cmd.SubmitCure)
    confirm_cure = command_update(cmd.ConfirmCure)
    refuse_cure = command_update(cmd.RefuseCure)
    extend_cure = command_update(cmd.ExtendCure)
    acknowledge = command_update(cmd.Acknowledge)
    appeal_escalation = command_update(cmd.AppealEscalation)
    uphold_escalation = command_update(cmd.UpholdEscalation)
    annul_escalation = command_update(cmd.AnnulEscalation)
    decide_referral = command_update(cmd.DecideReferral)
    add_unit = command_update(cmd.AddUnit)
    drop_unit = command_update(cmd.DropUnit)
    merge_units = command_update(cmd.MergeUnits)
    register_equipment = command_update(cmd.RegisterEquipment)
    recheck_credit = command_update(cmd.RecheckCredit)
    skip_errand = command_update(cmd.SkipErrand)
    withdraw_chain = command_update(cmd.WithdrawChain)
    terminate_chain = command_update(cmd.TerminateChain)
    adopt_calendar = command_update(cmd.AdoptCalendar)
    adopt_definition = command_update(cmd.AdoptDefinition)
