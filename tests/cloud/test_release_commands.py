"""The commands that operate a stack, against a table and a bucket: what they print, keep, and answer to mistakes."""

from __future__ import annotations

import itertools
import json
import os

import pytest

from cli import releasing
from cli.main import main
from runtime.dynamo.client import connect
from runtime.dynamo.leads import Leads
from runtime.dynamo.releases import Maker, Releases
from runtime.dynamo.trial import Trial
from runtime.handlers import clients
from runtime.handlers.bucket import S3Bucket
from runtime.table import digest
from runtime.times import DAY, now
from tests.cloud.leads import create_table, service
from tests.cloud.test_releases import CALLS, LABELLED, TEN, THREE, rules
from tests.runtime.test_carry import event

_NUMBERS = itertools.count()


class Here:
    """A place to release to, and the commands on it."""

    def __init__(self, address, folder, capsys):
        self.address, self.folder, self.capsys = address, folder, capsys
        self.table = create_table(address).name
        self.bucket = f"commands-{os.getpid()}-{next(_NUMBERS)}"
        service(address, "s3").create_bucket(
            Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        self.options = ["--table", self.table, "--bucket", self.bucket]

    def model(self, text, name="model.score"):
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def __call__(self, *args, options=None):
        """(status, standard output, standard error) of a command."""
        self.capsys.readouterr()
        status = main([*args, *(self.options if options is None else options)])
        told = self.capsys.readouterr()
        return status, told.out, told.err

    def json(self, *args):
        status, out, err = self(*args, "--json")
        assert (status, err) == (0, "")
        return [json.loads(line) for line in out.splitlines()]

    @property
    def releases(self):
        return Releases(connect(self.table), S3Bucket(clients.s3(), self.bucket))


@pytest.fixture
def here(ministack, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setattr(releasing, "whoever", lambda: "ada@example.com")
    monkeypatch.setattr("cli.deploy.whoever", lambda: "ada@example.com")
    monkeypatch.setattr("cli.rollback.whoever", lambda: "ada@example.com")
    clients.client.cache_clear()
    yield Here(ministack, tmp_path, capsys)
    clients.client.cache_clear()


def short(text):
    return digest(rules(text)).removeprefix("sha256:")[:12]


# --- deploy -----------------------------------------------------------------------------------------------------------


def test_a_release_says_what_it_is_what_it_needs_and_what_comes_next(here):
    assert here("status") == (
        1, "", "leadscore: nothing was ever released here\n  hint: `leadscore deploy MODEL` does\n",
    )  # fmt: skip
    status, out, err = here("deploy", here.model(TEN), "--why", "it begins", "--commit", "0a1b2c3d4e5f6a7b")
    assert (status, err) == (0, "")
    assert out == f"release 1: model m, {short(TEN)}\nlive: functions take it up within a minute\n"
    status, out, err = here("deploy", here.model(THREE))
    assert (status, err) == (0, "")
    lines, refold = out.splitlines(), f"leadscore refold {' '.join(here.options)} --local"
    assert lines[0].startswith(f"release 2: model m, {short(THREE)}, instead of {short(TEN)} of 20")
    assert lines[1:] == [
        "leads: every lead folded anew",
        "  rule `r` of score `s` changed: it concerns events that are kept",
        "live: functions take it up within a minute",
        f"leads follow when somebody looks at them; `{refold}` brings all of them",
    ]
    one, two = reversed(here.json("versions"))
    assert (one["release"], one["why"], one["commit"], one["live"]) == (1, "it begins", "0a1b2c3d4e5f6a7b", False)
    assert (two["release"], two["who"], two["needs"], two["live"]) == (2, "ada@example.com", "anew", True)
    assert two["previous"] == one["hash"] == digest(rules(TEN))


def test_a_dry_run_tells_all_and_does_nothing(here):
    here("deploy", here.model(TEN))
    status, out, _ = here("deploy", here.model(CALLS), "--dry-run", "--verbose")
    assert status == 0
    assert "leads: new points from now on" in out
    assert "event `call` added: no such event is kept" in out
    assert out.endswith("nothing was done\n")
    assert [each["release"] for each in here.json("versions")] == [1]


def test_what_is_live_already_is_not_released_again(here):
    here("deploy", here.model(TEN))
    status, out, _ = here("deploy", here.model(TEN))
    assert (status, out.startswith(f"{short(TEN)} is live already: release 1 of ")) == (0, True)
    (told,) = here.json("deploy", here.model(TEN))
    assert (told["release"], told["live"]) == (1, True)


def test_points_can_be_kept_and_folded_anew_after_all(here):
    here("deploy", here.model(TEN))
    (kept,) = here.json("deploy", here.model(THREE), "--from-now")
    assert (kept["kept"], len(kept["tables"]), kept["differences"][0]["what"]) == (True, 2, "rule `r` of score `s`")
    assert "points kept" in here("versions")[1]
    assert "points kept: " in here("status")[1]
    (anew,) = here.json("deploy", here.model(THREE), "--anew")
    assert (anew["release"], anew["kept"], len(anew["tables"]), anew["needs"]) == (3, False, 1, "anew")


def test_points_are_not_kept_for_ever(here, monkeypatch):
    monkeypatch.setattr("runtime.dynamo.program.MOST_STEPS", 2)
    for text in (TEN, THREE):
        here("deploy", here.model(text), "--from-now")
    assert here("deploy", here.model(TEN), "--from-now") == (
        1,
        "",
        (
            "leadscore: 2 tables follow one another where points were kept, and each has to be known\n"
            "  hint: --anew folds every lead anew, under the new table alone\n"
        ),
    )
    assert here("deploy", here.model(TEN), "--anew")[0] == 0


def test_who_is_overtaken_is_told_by_whom(here, monkeypatch):
    here("deploy", here.model(TEN))
    release = Releases.release

    def overtaken(self, proposal):
        monkeypatch.setattr(Releases, "release", release)
        release(here.releases, here.releases.propose(rules(CALLS), Maker("ben@example.com"), now()))
        return release(self, proposal)

    monkeypatch.setattr(Releases, "release", overtaken)
    status, out, err = here("deploy", here.model(THREE))
    assert (status, out) == (1, "")
    assert err.startswith(f"leadscore: nothing was released: release 2 ({short(CALLS)}) by ben@example.com of 20")


def test_a_model_of_another_name_is_asked_about(here):
    here("deploy", here.model(TEN))
    other = here.model(TEN.replace("model m", "model other"))
    status, _, err = here("deploy", other)
    assert (status, "the live model is `m`, this one is `other`" in err) == (2, True)
    assert here("deploy", other, "--other-model")[0] == 0


def test_a_file_with_errors_is_not_released(here):
    status, out, err = here("deploy", here.model("model m { "))
    assert (status, out) == (1, "")
    assert "can't be used" in err
    assert here.releases.live() is None


def test_a_compiled_table_is_released_as_it_is(here):
    assert main(["compile", here.model(TEN), "-o", str(here.folder / "table.json")]) == 0
    assert here("deploy", str(here.folder / "table.json"))[0] == 0
    assert here.releases.live().hash == digest(rules(TEN))


def planned(here, new, *options):
    """A saved plan for a model, over one event."""
    events, plan = here.folder / "events.jsonl", here.folder / "plan.json"
    events.write_text(
        '{"specversion":"1.0","source":"web","id":"1","type":"visit","subject":"ada","time":"2026-01-05T10:00:00Z"}\n'
    )
    status, out, err = here("plan", here.model(new), "--events", str(events), "-o", str(plan), *options)
    assert (status, "1 lead, 1 event" in out) == (0, True), err
    return plan


def test_a_plan_that_still_holds_is_released(here):
    here("deploy", here.model(TEN))
    plan = planned(here, THREE)
    assert json.loads(plan.read_text())["generation"] == 1
    status, out, _ = here("deploy", here.model(THREE), "--plan", str(plan))
    assert (status, "release 2" in out) == (0, True)


def another_table(here, plan):
    return here.model(CALLS), [], "is about another table"


def live_has_moved(here, plan):
    here("deploy", here.model(CALLS))
    return here.model(THREE), [], "and release 2 ("


def live_went_there_and_back(here, plan):
    here("deploy", here.model(CALLS))
    here("deploy", here.model(TEN))
    return here.model(THREE), [], "starts from release 1 ("


def the_data_has_moved(here, plan):
    with (here.folder / "events.jsonl").open("a") as file:
        file.write("\n")
    return here.model(THREE), [], "has changed since"


def the_data_is_gone(here, plan):
    (here.folder / "events.jsonl").unlink()
    return here.model(THREE), [], "events.jsonl is not here"


def the_plan_was_edited(here, plan):
    plan.write_text(plan.read_text().replace('"events":1', '"events":2'))
    return here.model(THREE), [], "is damaged"


def it_is_no_plan(here, plan):
    plan.write_text('{"old":"x","new":"y"}')
    return here.model(THREE), [], "is no saved plan"


def points_are_kept(here, plan):
    return here.model(THREE), ["--from-now"], "--from-now keeps their points"


def a_trial(here, plan):
    return here.model(CALLS), ["--canary", "5%"], "is about another table"


@pytest.mark.parametrize(
    "change",
    [
        another_table, live_has_moved, live_went_there_and_back, the_data_has_moved, the_data_is_gone,
        the_plan_was_edited, it_is_no_plan, points_are_kept, a_trial,
    ],
)  # fmt: skip
def test_a_plan_that_no_longer_holds_is_refused(here, change):
    here("deploy", here.model(TEN))
    plan = planned(here, THREE)
    model, options, told = change(here, plan)
    before = here.releases.live()
    status, out, err = here("deploy", model, "--plan", str(plan), *options)
    assert (status > 0, out, told in err) == (True, "", True), err
    assert here.releases.live() == before


def test_a_plan_may_be_trusted_about_its_data(here):
    here("deploy", here.model(TEN))
    plan = planned(here, THREE)
    (here.folder / "events.jsonl").unlink()
    status, out, _ = here("deploy", here.model(THREE), "--plan", str(plan), "--data-unchecked")
    assert (status, "release 2" in out) == (0, True)
    status, _, err = here("deploy", here.model(TEN), "--data-unchecked")
    assert (status, "name the plan" in err) == (2, True)


def test_a_plan_against_a_file_holds_for_whatever_release_has_that_table(here):
    here("deploy", here.model(TEN))
    plan = planned(here, THREE, "--against", here.model(TEN, "old.score"))
    assert json.loads(plan.read_text())["generation"] is None
    here("deploy", here.model(CALLS))
    here("deploy", here.model(TEN))
    assert here("deploy", here.model(THREE), "--plan", str(plan))[0] == 0


def test_a_plan_where_nothing_is_live_says_so(here):
    (here.folder / "events.jsonl").write_text("")
    status, _, err = here("plan", here.model(TEN), "--events", str(here.folder / "events.jsonl"))
    assert (status, "nothing is live yet" in err) == (1, True)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["deploy"], "MODEL is missing"),
        (["deploy", "m.score", "--promote"], "leave MODEL out"),
        (["deploy", "--promote", "--abandon"], "go with no other way to release"),
        (["deploy", "m.score", "--from-now", "--anew"], "choose one"),
        (["deploy", "m.score", "--canary", "5"], "write it like 5%"),
        (["deploy", "m.score", "--canary", "0%"], "write it like 5%"),
        (["deploy", "m.score", "--canary", "nan%"], "write it like 5%"),
        (["refold", "--local", "--no-wait"], "there is nothing to wait for"),
        (["status", "--stack", "x"], "--stack names the table and the bucket already"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(here, args, told):
    status, out, err = here(*args)
    assert (status, out, told in err) == (2, "", True), err


# --- rollback ---------------------------------------------------------------------------------------------------------


def test_going_back_by_hash_or_to_the_one_before(here):
    for text in (TEN, CALLS, THREE):
        here("deploy", here.model(text))
    status, out, _ = here("rollback", "--why", "too few points")
    assert (status, out.startswith(f"release 4: back to {short(CALLS)} of release 2, 20")) == (0, True)
    assert here("rollback", short(TEN)[:8])[0] == 0
    assert here.json("versions")[0]["hash"] == digest(rules(TEN))
    assert here("rollback", short(TEN))[0] == 1
    for hash, told, status in (("abc", "too short", 2), ("0000000000", "no release has a table", 1)):
        assert (here("rollback", hash)[0], told in here("rollback", hash)[2]) == (status, True)


def test_there_is_nothing_before_the_first_release(here):
    assert here("rollback")[2] == "leadscore: nothing was ever released here\n"
    here("deploy", here.model(TEN))
    assert here("rollback")[2] == "leadscore: there is no release before the live one\n"


# --- refold and status ------------------------------------------------------------------------------------------------


def leads_of(here, release):
    return Leads(connect(here.table), here.releases.model(release), now)


def taken(here, *lines):
    verdicts = leads_of(here, here.releases.live()).take(list(lines))
    assert {each.kind for each in verdicts} == {"accepted"}


def test_all_leads_are_brought_under_a_release_here(here):
    here("deploy", here.model(TEN))
    taken(here, *(event(-1, lead=f"lead-{number}", path=str(number)) for number in range(5)))
    here("deploy", here.model(THREE))
    (told,) = here.json("status")
    assert told["leads"] == {"looked_at": 5, "under_it": 0, "carried_over": 0, "older": 5, "all": True}
    assert here("refold")[2].startswith("leadscore: there is no state machine to do it")
    (done,) = here.json("refold", "--local", "--parts", "2")
    assert (done["state"], done["done"], done["leads"], done["folded"], done["failed"]) == ("done", 2, 5, 5, 0)
    (told,) = here.json("status")
    assert (told["leads"]["under_it"], told["refold"]["folded"]) == (5, 5)
    assert (
        "leads: of all 5, 5 are under it, 0 follow when they are looked at\nrefold: done, 2 of 2 parts"
        in here("status")[1]
    )


def test_leads_that_are_carried_over_are_told_apart(here):
    here("deploy", here.model(TEN))
    taken(here, event(-1))
    here("deploy", here.model(CALLS))
    assert here.json("status")[0]["leads"]["carried_over"] == 1
    here("deploy", here.model(LABELLED + CALLS.removeprefix(TEN)))
    assert here.json("status")[0]["leads"]["older"] == 0


def test_a_trial_is_counted_promoted_or_abandoned(here):
    here("deploy", here.model(TEN))
    assert "nothing is on trial" in here("deploy", "--promote")[2]
    status, out, _ = here("deploy", here.model(THREE), "--canary", "100%", "--why", "fewer")
    assert (status, out.startswith(f"on trial: {short(THREE)}, for 100% of the leads, beside {short(TEN)}\n")) == (
        0,
        True,
    )
    taken(here, event(-1), event(-2, lead="K"))
    live = here.releases.live()
    tried = here.releases.model(here.releases.propose(rules(THREE), Maker("x"), now()).release)
    Trial(leads_of(here, live), live.canary, tried).look(["L", "K"])
    out = here("status")[1]
    assert f"on trial: {short(THREE)} for 100% of the leads since 20" in out
    assert "  2 leads compared, 2 differ\n  s: 0 up (at most +0), 2 down (at most -7), -7 on average\n" in out
    (told,) = here.json("status")
    assert told["canary"]["scores"]["s"] == {"up": 0, "down": 2, "mean": -7, "highest": 0, "lowest": -7}
    assert here("deploy", "--abandon")[1].endswith(f"is over; {short(TEN)} stays live\n")
    here("deploy", here.model(THREE), "--canary", "2.5%", "--why", "fewer")
    (done,) = here.json("deploy", "--promote")
    assert (done["hash"], done["why"], done["canary"], done["live"]) == (digest(rules(THREE)), "fewer", None, True)


# --- stacks, and mistakes ---------------------------------------------------------------------------------------------


def stack(here, outputs, retention="400"):
    name = f"shop-{os.getpid()}-{next(_NUMBERS)}"
    body = {
        "Resources": {"Poison": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{name}-poison"}}},
        "Parameters": {"RetentionDays": {"Type": "Number", "Default": retention}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    service(here.address, "cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(body))
    return name


def test_a_stack_names_its_table_bucket_and_queues(here):
    name = stack(
        here, {"TableName": here.table, "BucketName": here.bucket, "PoisonQueueUrl": {"Ref": "Poison"}},
    )  # fmt: skip
    here.options = ["--stack", name]
    assert here("deploy", here.model(TEN))[0] == 0
    assert here("deploy", here.model(THREE))[1].endswith(f"`leadscore refold --stack {name}` brings all of them\n")
    assert "queues: nothing was refused, nothing failed\n" in here("status")[1]
    queue = service(here.address, "sqs")
    queue.send_message(QueueUrl=queue.get_queue_url(QueueName=f"{name}-poison")["QueueUrl"], MessageBody="{}")
    watch = service(here.address, "cloudwatch")
    watch.put_metric_alarm(
        AlarmName=f"{name}-late", MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
    )  # fmt: skip
    watch.set_alarm_state(AlarmName=f"{name}-late", StateValue="ALARM", StateReason="it is late")
    (told,) = here.json("status")
    assert (told["queues"], told["alarms"]) == ({"refused": 1}, [f"{name}-late"])
    assert f"refused: 1 message (records that the model refuses)\nalarms: {name}-late\n" in here("status")[1]


def test_the_state_machine_of_a_stack_is_started_and_watched(here, monkeypatch):
    monkeypatch.setattr("cli.refold._PAUSE", 0.1)
    machine = service(here.address, "stepfunctions").create_state_machine(
        name=f"refold-{next(_NUMBERS)}",
        definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}),
        roleArn="arn:aws:iam::000000000000:role/refold",
    )["stateMachineArn"]
    name = stack(here, {"TableName": here.table, "BucketName": here.bucket, "RefoldMachine": machine})
    here.options = ["--stack", name]
    here("deploy", here.model(TEN))
    assert here("refold")[1].startswith(f"release 1, {short(TEN)}: done, 0 of 0 parts through")
    assert here("refold", "--no-wait")[1] == f"release 1, {short(TEN)}: started\n"


def test_work_done_here_keeps_events_for_as_long_as_the_stack_does(here, monkeypatch):
    kept = []
    monkeypatch.setattr("cli.refold._work", lambda place, live, parts, retention: kept.append(retention // DAY) or [])
    name = stack(here, {"TableName": here.table, "BucketName": here.bucket}, "900")
    here("deploy", here.model(TEN))
    here("refold", "--local")
    monkeypatch.setenv("LEADSCORE_RETENTION_DAYS", "30")
    here("refold", "--local")
    here("refold", "--local", "--retention-days", "7")
    here("refold", "--local", options=["--stack", name])
    assert kept == [400, 30, 7, 900]


def test_a_place_that_is_not_there_is_said_to_be_so(here):
    no = ["--table", "nowhere", "--bucket", here.bucket]
    assert here("status", options=no)[::2] == (
        2, "leadscore: there is no table nowhere\n  hint: look at the name, the account and the region (AWS_REGION)\n",
    )  # fmt: skip
    assert here("status", options=["--stack", "nowhere"])[2].startswith("leadscore: there is no stack nowhere\n")
    assert here("status", options=[])[2].startswith("leadscore: --table is missing\n")
    other = stack(here, {"Color": "green"})
    assert "is not one of leadscore" in here("status", options=["--stack", other])[2]
    status, _, err = here("deploy", here.model(TEN), options=["--table", here.table, "--bucket", "nowhere-at-all"])
    assert (status, err.startswith("leadscore: AWS refuses: ")) == (2, True)


def test_without_boto3_the_extra_is_named(here, monkeypatch):
    monkeypatch.setattr("cli.stack.find_spec", lambda _: None)
    assert here("status") == (
        2, "", "leadscore: AWS is spoken to by boto3, which is missing\n  hint: pip install 'leadscore[aws]'\n",
    )  # fmt: skip


def test_no_credentials_and_no_answer_are_told_apart(here, monkeypatch):
    clients.client.cache_clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert here("status")[2].startswith("leadscore: AWS can't be reached: ")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    assert here("status")[2] == "leadscore: there are no credentials for AWS\n  hint: sign in, or set AWS_PROFILE\n"
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
