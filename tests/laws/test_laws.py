"""The fourteen laws, and the tests that each of them is.

A law whose proof is renamed or removed goes red here; what the proofs demand is told where they are.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

LAWS: dict[str, dict[str, tuple[str, ...]]] = {
    "1 reason before effect": {
        "worker/test_actuate.py": ("test_nothing_is_set_without_a_decision_in_the_ledger",),
        "worker/test_actuate_release.py": (
            "test_a_release_whose_proposal_is_not_approved_loosens_nothing",
            "test_a_release_whose_approval_is_not_in_the_ledger_loosens_nothing",
            "test_the_approval_is_asked_for_in_the_transaction_of_the_intent",
        ),
        "usecases/test_controls.py": ("test_nothing_is_tightened_without_a_reason",),
    },
    "2 one transaction": {
        "store/test_ledger.py": ("test_a_transaction_that_fails_leaves_no_row_and_no_gap",),
        "store/test_queue.py": ("test_a_transaction_that_fails_leaves_no_work",),
        "store/test_away.py": (
            "test_whenever_a_writer_is_cancelled_all_or_nothing_stands_and_the_next_can_write",
        ),
    },
    "3 level, not edge": {
        "worker/test_actuate.py": (
            "test_a_job_carries_a_key_and_what_is_desired_is_read_when_it_runs",
            "test_a_decision_made_during_the_set_is_carried_out_after_it",
            "test_every_control_of_a_mode_gets_exactly_one_final_outcome_under_faults",
        ),
        "worker/test_actuate_faults.py": (
            "test_a_refusal_is_final_pages_and_leaves_the_hold",
            "test_a_lost_answer_without_effect_is_unknown_and_retried_under_the_same_key",
            "test_ok_without_an_effect_is_a_mismatch_and_the_next_set_takes_a_new_generation",
        ),
        "usecases/test_modes.py": (
            "test_a_relapse_in_the_middle_of_a_step_leaves_no_decision_without_an_outcome",
        ),
    },
    "4 read, intent, set, read back, probe, record": {
        "worker/test_actuate.py": (
            "test_a_decision_is_carried_out_read_back_and_recorded",
            "test_the_baseline_is_committed_before_the_first_set",
            "test_a_crash_after_the_set_cannot_capture_our_own_restriction_as_baseline",
            "test_a_lease_that_ran_out_starts_again_at_read",
            "test_a_worker_that_lost_its_lease_can_neither_intend_nor_record",
        ),
        "worker/test_actuate_faults.py": (
            "test_a_setting_whose_effect_the_probe_does_not_see_is_never_confirmed",
        ),
    },
    "5 unknown is not OK": {
        "worker/test_actuate_faults.py": (
            "test_what_cannot_be_read_is_unknown_and_shown_as_unknown",
            "test_a_probe_that_gives_no_answer_leaves_it_unknown",
        ),
        "usecases/test_ladder.py": (
            "test_a_gate_that_is_not_open_pauses_says_why_asks_the_commander_and_goes_on_by_itself",
        ),
        "usecases/test_steps.py": ("test_a_gate_step_is_not_done_while_its_gate_is_not_open",),
        "usecases/test_publications.py": ("test_a_reading_gone_stale_is_promised_to_nobody",),
    },
    "6 tightening is easy, loosening is hard": {
        "usecases/test_controls.py": (
            "test_one_entitled_person_tightens_at_once_and_the_record_says_why_and_on_which_numbers",
            "test_unratified_for_fifteen_minutes_pages_an_executive_and_stays_in_force",
            "test_a_looser_level_is_refused_and_the_way_to_a_release_is_shown",
        ),
        "usecases/test_approvals.py": (
            "test_the_proposer_never_approves_and_is_told_who_may",
            "test_out_of_a_full_suspension_one_of_the_two_is_an_executive",
        ),
        "usecases/test_freeze.py": (
            "test_it_is_asked_for_in_the_transaction_of_the_intent",
            "test_lifting_takes_another_person_and_reads_every_control_again_first",
        ),
        "usecases/test_levels.py": (
            "test_what_was_placed_a_moment_ago_is_taken_back_by_two_without_ladder_or_gates",
        ),
        "usecases/test_baseline.py": ("test_without_a_choice_nothing_is_approved",),
        "worker/test_actuate_release.py": ("test_a_hold_that_merely_vanished_loosens_nothing",),
    },
    "7 nothing loosens by itself": {
        "usecases/test_deadlines.py": (
            "test_a_hold_past_its_review_asks_then_nags_then_pages_and_never_loosens",
        ),
        "usecases/test_ladder.py": (
            "test_a_step_is_begun_confirmed_and_waited_for_before_the_next",
            "test_what_was_tightened_since_the_approval_stops_the_plan",
        ),
        "usecases/test_stepping_back.py": (
            "test_it_goes_on_only_on_a_persons_word_and_on_confirmed_levels_from_where_it_stands",
            "test_unknown_takes_nothing_back_and_lets_nothing_go_on",
        ),
        "laws/test_ladder_model.py": ("test_a_reopening_agrees_with_a_plain_model",),
    },
    "8 incidents overlap": {
        "usecases/test_overlap.py": (
            "test_releasing_the_stricter_hold_goes_back_to_the_other_and_no_further",
            "test_reopening_never_runs_beneath_another_incidents_hold_and_nothing_false_is_told",
            "test_whatever_the_order_observed_ends_at_the_most_restrictive_hold",
            "test_released_by_one_and_tightened_by_another_at_the_same_instant_it_ends_at_the_others_level",
        ),
        "laws/test_model.py": ("test_holds_approvals_drift_and_review_times_agree_with_a_plain_model",),
        "usecases/test_phases.py": ("test_nothing_ends_with_a_hold_in_force",),
    },
    "9 Slack is a view": {
        "slack/test_faults.py": ("test_with_slack_down_decisions_are_taken_and_the_channel_catches_up",),
        "usecases/test_publications.py": (
            "test_a_text_states_what_is_observed_and_never_what_is_desired",
            "test_published_macros_follow_the_controls_by_themselves",
        ),
    },
    "10 commit, then ack": {
        "slack/test_faults.py": (
            "test_a_locked_database_is_said_in_time_and_nothing_is_half_done",
            "test_with_slack_down_a_command_that_needs_a_modal_says_what_to_type_instead",
        ),
    },
    "11 in at least once, effect once": {
        "slack/test_declaring.py": ("test_a_declaration_delivered_three_times_declares_once",),
        "usecases/test_declare.py": (
            "test_two_who_take_up_a_suggestion_at_the_same_moment_declare_once",
            "test_a_request_that_had_its_effect_is_not_taken_again_and_a_refused_one_may_be_repeated",
        ),
        "usecases/test_steps.py": ("test_the_second_to_tap_is_told_who_was_first_and_when",),
        "usecases/test_approvals.py": (
            "test_two_who_approve_at_the_same_moment_have_one_effect_and_the_second_is_told",
        ),
    },
    "12 append-only, chained, provable": {
        "domain/test_ledger.py": (
            "test_an_edit_of_any_field_of_any_row_is_found",
            "test_a_cut_tail_is_found_against_an_anchored_head",
            "test_a_fork_is_found_against_an_anchor_beyond_it",
        ),
        "store/test_guards.py": ("test_no_statement_changes_the_ledger",),
        "usecases/test_phases.py": ("test_a_head_of_the_ledger_is_anchored_at_every_phase",),
    },
    "13 a drill cannot touch production": {
        "controls/test_every_adapter.py": ("test_a_drill_reaches_nothing_whatever_the_deployment_is",),
        "worker/test_actuate.py": ("test_a_drill_reaches_the_drills_own_services_and_nothing_else",),
        "store/test_kept_values.py": ("test_two_incidents_hold_one_control_and_drills_are_apart",),
    },
    "14 text is data": {
        "slack/test_hostile.py": ("test_what_people_typed_is_shown_as_text_everywhere",),
        "slack/test_text.py": ("test_nothing_typed_survives_as_markup",),
        "controls/test_faults.py": ("test_a_secret_that_a_service_tells_back_is_not_retold",),
        "usecases/test_declare.py": ("test_anyone_may_note_something_and_what_they_type_is_cleaned",),
    },
}

HOLES: dict[str, tuple[str, str]] = {
    "baseline before the first set": (
        "worker/test_actuate.py",
        "test_a_crash_after_the_set_cannot_capture_our_own_restriction_as_baseline",
    ),
    "drift is set again": (
        "worker/test_actuate_faults.py",
        "test_drift_towards_looser_is_set_again_with_a_new_generation_in_the_holding_incidents_name",
    ),
    "drift is contested": (
        "worker/test_actuate_faults.py",
        "test_drift_is_fought_three_times_in_ten_minutes_and_then_named_and_paged",
    ),
    "external holds": (
        "worker/test_actuate_faults.py",
        "test_a_tighter_value_somebody_else_set_is_left_alone_and_reported",
    ),
    "idempotency keys and epochs": (
        "worker/test_actuate.py",
        "test_a_restored_backup_takes_a_new_epoch_and_with_it_a_new_key",
    ),
    "holds keep their value": (
        "usecases/test_controls.py",
        "test_a_hold_keeps_what_its_level_meant_and_under_which_content",
    ),
    "reclassifying": (
        "usecases/test_classification.py",
        "test_reclassifying_keeps_holds_and_finished_steps_and_supersedes_the_rest",
    ),
    "an approval is for what was shown": (
        "usecases/test_approvals.py",
        "test_a_hold_placed_since_on_another_control_makes_leaving_the_mode_stale",
    ),
    "a release plan is checked in the intent": (
        "worker/test_actuate_release.py",
        "test_a_changed_policy_stops_a_release_that_was_approved_before_it",
    ),
    "a refused release leaves its hold": (
        "worker/test_actuate_release.py",
        "test_a_refused_release_leaves_the_hold_pauses_the_plan_and_can_be_proposed_again",
    ),
    "ending": (
        "usecases/test_phases.py",
        "test_the_deadlines_of_an_ended_incident_are_gone_and_those_of_others_stay",
    ),
}


@lru_cache
def _tests_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text())
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return frozenset(f.name for f in found if f.name.startswith("test_"))


def test_there_are_fourteen_laws() -> None:
    assert [int(law.split()[0]) for law in LAWS] == list(range(1, 15))


@pytest.mark.parametrize("law", LAWS)
def test_every_law_is_a_test(law: str) -> None:
    missing = {
        f"{file}::{name}"
        for file, names in LAWS[law].items()
        for name in names
        if name not in _tests_in(file)
    }
    assert missing == set()


@pytest.mark.parametrize("hole", HOLES)
def test_every_known_hole_that_is_closed_has_a_test(hole: str) -> None:
    file, name = HOLES[hole]
    assert name in _tests_in(file)
