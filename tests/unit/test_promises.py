"""Each promise of the error log's and the collector's pages, and the tests that hold it."""

import re

import pytest

from tests.conftest import ROOT

ERRORLOG, COLLECTOR = "tests/unit/errorlog", "tests/unit/collector"
# A promise is what stands in bold where a paragraph or an entry of a list begins.
PROMISES = {
    "docs/error-log.md": {
        "The handler's result, or the very exception object it raised, is what the caller gets.": [
            f"{ERRORLOG}/test_do_no_harm.py::test_any_result_is_the_handlers_own_object_and_leaves_nothing",
            f"{ERRORLOG}/test_do_no_harm.py::test_the_exception_is_the_very_object_with_one_frame_more",
        ],
        "All that ends a call is recorded": [
            f"{ERRORLOG}/test_do_no_harm.py::test_any_exception_over_any_event_goes_on_unchanged_and_is_recorded_once",
            f"{ERRORLOG}/test_hostile_values.py::test_what_the_handler_itself_ends_with_is_the_same_object",
        ],
        "In the table or in the log, never in neither.": [
            f"{ERRORLOG}/test_do_no_harm.py::test_any_fault_of_the_store_is_invisible_and_the_record_is_in_table_or_log",
            f"{ERRORLOG}/test_do_no_harm.py::test_a_record_that_cannot_be_built_still_leaves_a_line",
            f"{ERRORLOG}/test_do_no_harm.py::test_a_record_that_was_taken_and_printed_all_the_same_has_one_id",
            f"{ERRORLOG}/test_handlers.py::test_a_failure_with_hardly_a_frame_left_is_a_record",
        ],
        "No failure, no cost": [
            f"{ERRORLOG}/test_table.py::test_without_an_error_nothing_is_loaded",
        ],
        "Cheap where CPU is scarce.": [
            f"{ERRORLOG}/test_on_lambda.py::test_every_failure_is_in_the_table_once_and_nothing_is_left_over",
        ],
        "Bounded delay.": [
            f"{ERRORLOG}/test_table.py::test_a_store_that_hangs_at_any_step_costs_the_timeout_once",
            f"{ERRORLOG}/dynamodb/test_connection.py::test_one_that_hangs_takes_the_part_of_one_round_trip",
            f"{ERRORLOG}/test_table.py::test_after_a_failure_the_store_is_left_alone_then_tried_again",
            f"{ERRORLOG}/test_table.py::test_what_befell_one_write_does_not_keep_the_next_from_the_table",
        ],
        "Redacted by default": [
            f"{ERRORLOG}/test_redaction.py::test_a_planted_secret_reaches_neither_table_nor_log",
            f"{ERRORLOG}/test_redaction.py::test_and_in_a_captured_errors_context_and_in_the_reason_of_a_line",
        ],
        "Time grows with the event, no faster, and ends.": [
            f"{ERRORLOG}/test_known_secrets.py::test_work_grows_as_the_failure_does",
            f"{ERRORLOG}/test_expressions.py::test_work_grows_as_the_text_does",
            f"{ERRORLOG}/test_bounds.py::test_of_an_event_of_many_texts_no_more_is_read_than_the_time_allows",
            f"{ERRORLOG}/test_bounds.py::test_so_much_of_an_event_is_read_for_secrets_and_no_more",
            f"{ERRORLOG}/test_bounds.py::test_so_much_of_a_text_is_read_for_secrets_and_no_more",
        ],
        "Bounded size.": [
            f"{ERRORLOG}/test_bounds.py::test_a_record_fits_whatever_it_is_made_of",
            f"{ERRORLOG}/test_bounds.py::test_the_bounds_of_what_a_record_keeps",
            f"{ERRORLOG}/test_hostile_values.py::test_any_hostile_event_and_exception_is_one_record",
        ],
        "By key": [
            f"{ERRORLOG}/test_redaction.py::test_keys_of_their_kinds_in_every_notation",
            f"{ERRORLOG}/test_redaction.py::test_hardly_any_harmless_value_is_hidden",
            f"{ERRORLOG}/test_secret_columns.py::test_a_secrets_column",
        ],
        "By form": [
            f"{ERRORLOG}/test_redaction.py::test_a_planted_secret_reaches_neither_table_nor_log",
        ],
        "By the program it is given to": [
            f"{ERRORLOG}/test_secret_arguments.py::test_no_argument_that_is_a_secret_is_left",
            f"{ERRORLOG}/test_secret_arguments.py::test_what_looks_alike_stays",
        ],
        "By the protocol it is said in": [
            f"{ERRORLOG}/test_protocol_secrets.py::test_no_secret_that_is_said_is_left",
            f"{ERRORLOG}/test_protocol_secrets.py::test_what_has_the_same_words_stays",
        ],
        "By what stands beside it": [
            f"{ERRORLOG}/test_redaction.py::test_a_planted_secret_reaches_neither_table_nor_log",
            f"{ERRORLOG}/test_redaction.py::test_hardly_any_harmless_value_is_hidden",
        ],
        "Wherever else it stands": [
            f"{ERRORLOG}/test_redaction.py::test_what_a_key_hides_is_hidden_wherever_else_it_stands",
            f"{ERRORLOG}/test_known_secrets.py::test_what_is_found",
            f"{ERRORLOG}/test_known_secrets.py::test_each_form_of_a_secret_is_known_within_a_text",
        ],
        "The program's own words stay.": [
            f"{ERRORLOG}/test_stack_trace.py::test_no_secret_that_a_caller_chooses_changes_what_the_program_says",
            f"{ERRORLOG}/test_stack_trace.py::test_but_the_same_words_are_hidden_where_the_caller_sent_them",
        ],
    },
    "docs/collector.md": {
        "The REPORT names the failure.": [
            f"{COLLECTOR}/test_error_table.py::test_a_retry_of_the_same_request_is_a_failure_of_its_own",
            f"{COLLECTOR}/test_collector_records.py::test_the_report_names_the_failure",
            f"{COLLECTOR}/test_collector_times.py::test_the_line_about_an_end_is_within_5_s_of_its_report",
            f"{COLLECTOR}/test_corpus.py::test_lines_give_the_expected_records",
        ],
        "A failed Init that Lambda repeats within the call is one record": [
            f"{COLLECTOR}/test_corpus.py::test_lines_give_the_expected_records",
            f"{COLLECTOR}/test_collector_records.py::test_a_start_that_failed_is_that_of_one_call",
        ],
        "However the lines are delivered, the records are the same.": [
            f"{COLLECTOR}/test_deliveries.py::test_the_records_follow_from_the_lines_alone",
            f"{COLLECTOR}/test_deliveries.py::test_random_deliveries_of_several_failures",
            f"{COLLECTOR}/test_collector_times.py::test_a_delivery_decides_on_what_is_within_20_s_around_its_lines",
            f"{COLLECTOR}/test_collector_times.py::test_what_it_decides_on_it_knows_from_as_far_again",
        ],
        "`errorId` is made of the line that names the failure": [
            f"{COLLECTOR}/test_error_table.py::test_the_id_sorts_by_the_time_of_the_failure",
            f"{COLLECTOR}/test_collector_records.py::test_an_id_is_made_of_time_group_stream_and_request",
        ],
        "What the handler recorded is not recorded again.": [
            f"{COLLECTOR}/test_error_table.py::test_what_the_handler_recorded_is_not_recorded_again",
            f"{COLLECTOR}/test_fallback.py::test_an_exit_and_its_line_are_one_record_in_whichever_order",
            f"{COLLECTOR}/test_collector_times.py::test_a_record_of_the_handlers_is_within_a_second_of_its_attempt",
        ],
        "A handler's exceptions are errorlog's alone.": [
            f"{COLLECTOR}/test_corpus.py::test_what_the_subscription_lets_through_gives_as_many",
            f"{COLLECTOR}/test_collector_records.py::test_an_exception_after_a_start_that_failed_is_errorlogs_alone",
        ],
        "No line is believed because the log did not answer.": [
            f"{COLLECTOR}/test_log_stream.py::test_a_delivery_comes_again_where_the_log_cannot_be_read_just_now",
            f"{COLLECTOR}/test_log_stream.py::test_a_log_that_is_some_moments_behind_is_read_again",
            f"{COLLECTOR}/test_log_stream.py::test_a_record_says_that_nothing_can_tell_any_more",
        ],
    },
}


@pytest.mark.parametrize("page", PROMISES)
def test_each_promise_of_a_page_has_its_tests(page) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    promised = re.findall(r"^(?:- )?\*\*([^*]+)\*\*", text, re.MULTILINE)
    assert {" ".join(promise.split()) for promise in promised} == set(PROMISES[page])


def test_the_tests_are_there() -> None:
    named = {name for page in PROMISES.values() for tests in page.values() for name in tests}
    missing = []
    for name in sorted(named):
        file, _, function = name.partition("::")
        if f"\ndef {function}(" not in (ROOT / file).read_text(encoding="utf-8"):
            missing.append(name)
    assert missing == []
