"""The edits of ``sources.py``: by module and the tests that must notice, what stands for what.

Each is a mistake that the local stage would not show: it is in what AWS alone needs.
"""

Edits = tuple[tuple[str, str], ...]

_DRILL, _DEPLOY = "tests/unit/drill", "tests/unit/deploy"

EDITS: dict[tuple[str, ...], Edits] = {
    (
        "tocsin/drill/drill_clock.py",
        f"{_DRILL}/test_drill_clock.py",
        f"{_DRILL}/test_settled.py",
        f"{_DRILL}/test_record_checks.py",
    ): (
        ("    log_slack_s = 600", "    log_slack_s = 0"),
        ("    slack_s = 180", "    slack_s = 0"),
        ("    policy_slack_s = 60", "    policy_slack_s = 0"),
        ("    tick_s = 15", "    tick_s = 900"),
        ("        time.sleep(seconds)", "        pass"),
        ("        time.sleep(seconds)", "        time.sleep(seconds / 60)"),
        (
            "return dt.datetime.now(dt.UTC)",
            "return dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)",
        ),
    ),
    ("tocsin/drill/settled.py", f"{_DRILL}/test_settled.py"): (
        ("if left > 0:", "if left < 0:"),
        ("max(0, since.total_seconds())", "since.total_seconds()"),
        ("return max(times)", "return min(times)"),
        (
            'described.get("LastUpdatedTime", described["CreationTime"])',
            'described["CreationTime"]',
        ),
        ("        return  # what it is asked next says so", "        raise"),
    ),
    ("tocsin/drill/trouble.py", f"{_DRILL}/test_others_are_spared.py"): (
        ("status >= 500", "status > 500"),
        ("return status >= 500 or", "return status >= 500 and"),
        ('        "ThrottlingException",\n', ""),
        ("return isinstance(error, ConnectionError | HTTPClientError)", "return False"),
        ("return isinstance(error, ConnectionError | HTTPClientError)", "return True"),
        ("except (TocsinError, *AWS_ERRORS) as error", "except TocsinError as error"),
    ),
    ("tocsin/drill/context.py", f"{_DRILL}/test_wiring.py", f"{_DRILL}/test_bench.py"): (
        ("_TRIES_TO_SET = 4", "_TRIES_TO_SET = 1"),
        ("if not (passes(error) and tries_left):", "if not tries_left:"),
        ("if not (passes(error) and tries_left):", "if not passes(error):"),
        ("if not passes(error):\n                raise\n            return set()", "raise"),
        ("            return set()\n", "            return set(names)\n"),
        ("or passed_s >= patience_s", "or passed_s > 0"),
        ("            meanwhile()\n", ""),
        ("time.monotonic() >= self.deadline", "time.monotonic() < self.deadline"),
        ('if alarm["StateValue"] == state', 'if alarm["StateValue"] != state'),
    ),
    ("tocsin/drill/mute.py", f"{_DRILL}/test_mute.py"): (
        ("dt.timedelta(minutes=1)", "dt.timedelta(minutes=0)"),
        ("_ALARMS_A_RULE = 100", "_ALARMS_A_RULE = 250"),
        ("_PATIENCE_S = 300", "_PATIENCE_S = 0"),
        ("        _delete(client, rules.names)\n        if isinstance", "        if isinstance"),
        ('raise NotMuted(f"the alarms could not be muted: {error}") from error', "raise"),
        ('if bench.in_state("ALARM", targets) <= before:', "if True:"),
        ('if bench.in_state("ALARM", targets) <= before:', "if False:"),
        ('if all(state == "ACTIVE" for state in status.values()):', "if True:"),
        ("        if is_over(given, stage):", "        if True:"),
        ("before = set() if _left(bench) else", "before ="),
        (
            "    except AWS_ERRORS:\n        return True",
            "    except AWS_ERRORS:\n        return False",
        ),
        (' and name.endswith(f"-{stage.suffix}")', ""),
        ("if not (name.startswith(names.MUTE_RULE_PREFIX) and", "if not (True and"),
        (
            'more = {"NextToken": answer["NextToken"]} if answer["NextToken"] else {}',
            "more = {}",
        ),
        ("if not name.startswith(names.MUTE_RULE_PREFIX):", "if True:"),
        ("if not name.startswith(names.MUTE_RULE_PREFIX):", "if False:"),
    ),
    (
        "tocsin/drill/resource_tags.py",
        f"{_DRILL}/test_others_are_spared.py",
    ): (
        ("if found.get(STAGE_TAG) != stage.stack_name:", "if False:"),
        ("time.time() >= float", "time.time() < float"),
        ("if host != socket.gethostname() or", "if"),
        (
            "    except ProcessLookupError:\n        return True",
            "    except ProcessLookupError:\n        return False",
        ),
        ("_GOOD_FOR_S = 4 * 3600", "_GOOD_FOR_S = 60"),
        ("_GOOD_FOR_S = 4 * 3600", "_GOOD_FOR_S = 400 * 3600"),
    ),
    ("tocsin/drill/probe.py", f"{_DRILL}/test_probe.py", f"{_DRILL}/test_leftovers.py"): (
        ('"ArnEquals"', '"ArnLike"'),
        ("_EMPTY_ANSWERS = 3", "_EMPTY_ANSWERS = 1"),
        ("_PATIENCE_S = 30\n", "_PATIENCE_S = 3\n"),
        ("            sns.unsubscribe(SubscriptionArn=subscription)\n", "            pass\n"),
        ("        sqs.delete_queue(QueueUrl=queue_url)\n", "        pass\n"),
        ("        tags=tags(stage),\n", ""),
        (
            "        if not stage.is_local:\n            time.sleep",
            "        if stage.is_local:\n            time.sleep",
        ),
        ("            if is_over(found, stage):", "            if True:"),
        ("            if is_over(found, stage):", "            if False:"),
        ('if not name.endswith(f"-{stage.suffix}"):', "if False:"),
        ("            continue  # somebody else was quicker", "            raise"),
        ("if not name.startswith(names.PROBE_QUEUE_PREFIX):", "if False:"),
        ('                sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])\n', ""),
    ),
    ("tocsin/drill/audience.py", f"{_DRILL}/test_others_are_spared.py"): (
        ("if own or subscription", "if subscription"),
        ('if own or subscription["SubscriptionArn"] in _UNCONFIRMED:', "if own:"),
        ('attributes.get("PendingConfirmation") == "true"', "False"),
        ("is_spared = leaves_out_drills", "is_spared = not leaves_out_drills"),
        ("for topic in actions - {topics.alerts, topics.pages}", "for topic in ()"),
        ("        if not self.unspared:", "        if True:"),
    ),
    ("tocsin/drill/stage_alarms.py", f"{_DRILL}/test_stage_alarms.py"): (
        ("* period > LONGEST_FAILING_S", "* period >= LONGEST_FAILING_S"),
        ("_SPARE_PERIODS = 2", "_SPARE_PERIODS = 0"),
        ('if not alarm.get("StateReason", "").startswith(names.DRILL_REASON):', "if False:"),
        ('if state is not None and state != alarm["StateValue"]:', "if state is not None:"),
        ("    if set(rule.children) - set(children):\n        return None\n", ""),
    ),
    ("tocsin/drill/side_by_side.py", f"{_DRILL}/test_side_by_side.py"): (
        ("        waiting.clear()", "        pass"),
        ("range(min(at_once, len(jobs)))", "range(len(jobs))"),
        ("            if said.error is not None:\n                raise said.error\n", ""),
        ("timeout=_until(deadline)", "timeout=5"),
    ),
    ("tocsin/drill/wiring.py", f"{_DRILL}/test_wiring.py", f"{_DRILL}/test_others_are_spared.py"): (
        ("for state in (found, other, found):", "for state in (found, other):"),
        ('("ALARM", "OK") if alarm["StateValue"] == "ALARM"', '("ALARM", "OK") if False'),
        ("    if audience.why_not_set:", "    if False:"),
        ("if others := told_past(bench.account, bench.topics, alarm):", "if False:"),
    ),
    ("tocsin/drill/record_checks.py", f"{_DRILL}/test_record_checks.py"): (
        ("answered + bench.clock.log_slack_s", "answered"),
        ("PATIENCE_S = 20", "PATIENCE_S = 0"),
        ("        over = not heard or time", "        over = time"),
        ("return line is not None and not (line.for_good and heals)", "return line is not None"),
        ("bench.began_ms / 1000", "bench.began_ms / 1000 + 600"),
        ("if types and not types & wanted:", "if False:"),
    ),
    ("tocsin/drill/traffic.py", f"{_DRILL}/test_traffic.py"): (
        ("if time.monotonic() >= deadline:", "if True:"),
        ("except (Throttled, *AWS_ERRORS) as error:", "except Throttled as error:"),
        ('account.client("lambda", invoking=True)', 'account.client("lambda")'),
    ),
    ("tocsin/aws/account.py", f"{_DRILL}/test_traffic.py", "tests/unit/aws/test_account.py"): (
        ('"standard" if invoking else "adaptive"', '"standard"'),
        ("1 if invoking else MAX_ATTEMPTS", "MAX_ATTEMPTS"),
        ("1 if invoking else MAX_ATTEMPTS", "1"),
        ("ANSWER_TIMEOUT_S if invoking else READ_TIMEOUT_S", "READ_TIMEOUT_S"),
        ("tcp_keepalive=invoking", "tcp_keepalive=False"),
    ),
    ("tocsin/deploy/protection.py", f"{_DEPLOY}/test_protection.py"): (
        ("if not stage.protected:", "if stage.protected:"),
        ("DeletionProtectionEnabled=True)", "DeletionProtectionEnabled=False)"),
        ('.get("DeletionProtectionEnabled"):', '.get("DeletionProtectionEnabled") is False:'),
    ),
    ("tocsin/deploy/rollback.py", f"{_DEPLOY}/test_rollback.py"): (
        ("if name and name in found else None", "if name else None"),
        ('.get("StateValue") == "ALARM"]', '.get("StateValue") == "OK"]'),
        ('elif back and status.endswith("FAILED")', "elif False"),
        ("return began if back else None", "return began"),
        ("        StartDate=since,\n", ""),
        ('any("to ALARM" in item', 'all("to ALARM" in item'),
        ('        return ""  # nobody must miss', "        raise  # nobody must miss"),
        (
            '"MonitoringTimeInMinutes": self.stack.stage.rollback_minutes',
            '"MonitoringTimeInMinutes": 0',
        ),
    ),
    ("tocsin/deploy/run.py", f"{_DEPLOY}/test_deploying_stacks.py"): (
        ("    if stage.protected and not confirmed:", "    if False:"),
        ('for parts in ([SUMMARY], groups, [""]):', 'for parts in ([""], groups, [SUMMARY]):'),
        (
            "told = watched.configuration if watched else rollback.NOTHING",
            "told = rollback.NOTHING",
        ),
        ("    if not stack.stage.is_local:\n", "    if stack.stage.is_local:\n"),
        ("    if still:\n", "    if False:\n"),
    ),
    ("tocsin/deploy/name_conflicts.py", f"{_DEPLOY}/test_name_conflicts.py"): (
        ("if stack.status in _UNUSABLE:", "if False:"),
        ('"REVIEW_IN_PROGRESS"}', "}"),
        ("if SUFFIX_OUTPUT not in outputs:", "if True:"),
        ("if TABLE_OUTPUT not in outputs:", "if True:"),
        (
            "    if stage.protected:\n        _refuse_log_groups",
            "    if True:\n        _refuse_log_groups",
        ),
        ('or code.startswith("AccessDenied")', ""),
        ("        return None  # IAM is not reached", "        raise  # IAM is not reached"),
        ('if main is not None and main.status.endswith("_IN_PROGRESS"):', "if False:"),
    ),
    ("tests/aws_habits/habits.py", f"{_DRILL}/test_aws_habits.py"): (
        ("if len(recent) >= limit or", "if"),
        (" or self._limited % OTHERS_EVERY == 0", ""),
        ("recent[0] <= now - 1", "recent[0] <= now"),
        ('call.action.startswith(("Create", "Receive"))', "False"),
        ("            self._deleted[name] = now\n", "            pass\n"),
        ("newest = time.time() - LOGS_AFTER_S / PACE", "newest = time.time()"),
        ('    elif call.action == "Query":\n', '    elif call.action == "Scan":\n'),
    ),
}
"""(module, tests that must notice ...) -> (what stands there once, what stands there instead)."""

SCORED_ROOMS = ("tocsin/drill", "tocsin/deploy")
NOT_SCORED: dict[str, tuple[str, ...]] = {
    "what they do is the same on a local stage, where the end-to-end tests hold each cell of the "
    "drill against what the stage says": (
        "tocsin/drill/alarm_chain.py",
        "tocsin/drill/announced.py",
        "tocsin/drill/answering.py",
        "tocsin/drill/failed_answers.py",
        "tocsin/drill/handler_failures.py",
        "tocsin/drill/leftovers.py",
        "tocsin/drill/log_path.py",
        "tocsin/drill/paging.py",
        "tocsin/drill/platform_failures.py",
        "tocsin/drill/run.py",
        "tocsin/drill/state_rows.py",
        "tocsin/drill/subscribers.py",
        "tocsin/drill/topics.py",
    ),
    "they make values and words of what was found, and ask nothing that only AWS answers": (
        "tocsin/drill/causes.py",
        "tocsin/drill/checks.py",
        "tocsin/drill/diagnosis.py",
        "tocsin/drill/outcomes.py",
        "tocsin/drill/refused_writes.py",
        "tocsin/drill/view.py",
        "tocsin/deploy/osls_state.py",
    ),
    "they read what CloudFormation says of the stacks, which the local stage says in its words": (
        "tocsin/deploy/deployed.py",
        "tocsin/deploy/described.py",
    ),
}
"""Why no mistake is made in modules of ``SCORED_ROOMS`` that are not in ``EDITS``."""
