"""What infra/template.yaml promises: three linters find nothing, rights are no wider than the calls, and whatever fails
ends in a queue that somebody is told of."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cloud.servers import tool

QUIET = {"SAM_CLI_TELEMETRY": "0", "CHECKOV_RUN_SCA_PACKAGE_SCAN": "false"}


class Reader(yaml.SafeLoader):
    """Reads CloudFormation's tags: `!Ref x` as {"Ref": "x"}."""


def _tagged(loader: Reader, suffix: str, node: yaml.Node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix: value}


Reader.add_multi_constructor("!", _tagged)


@pytest.fixture(scope="session")
def path(root: Path) -> Path:
    return root / "infra" / "template.yaml"


@pytest.fixture(scope="session")
def template(path: Path) -> dict:
    return yaml.load(path.read_text(encoding="utf-8"), Reader)


def of_type(template: dict, kind: str) -> dict[str, dict]:
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}


def said(command: list[str], path: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **QUIET}
    return subprocess.run(
        command, cwd=path.parent.parent, env=env, capture_output=True, text=True, check=False, timeout=300
    )


def test_cfn_lint_finds_nothing(path):
    run = said([str(tool("sam") / "bin" / "cfn-lint"), str(path)], path)
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_sam_validates_the_template(path):
    run = said([str(tool("sam") / "bin" / "sam"), "validate", "--lint", "--template", str(path)], path)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "is a valid SAM Template" in run.stdout + run.stderr


def test_checkov_finds_no_hole_and_each_exception_is_needed_and_has_its_reason(path, template):
    command = [str(tool("checkov") / "bin" / "checkov"), "-f", str(path), "--framework", "cloudformation"]
    run = said([*command, "--skip-download", "--compact", "--output", "json"], path)
    found = json.loads(run.stdout)
    assert found["summary"]["passed"] > 50
    assert [each["check_id"] for each in found["results"]["failed_checks"]] == []
    left_out = {
        (each["resource"].rpartition(".")[2], each["check_id"]): each["check_result"]["suppress_comment"]
        for each in found["results"]["skipped_checks"]
    }
    excepted = {
        (name, each["id"]): each["comment"]
        for name, resource in template["Resources"].items()
        for each in resource.get("Metadata", {}).get("checkov", {}).get("skip", ())
    }
    assert left_out == excepted
    assert min(map(len, excepted.values())) > 20


def test_the_template_has_no_aliases_since_the_service_reads_none(path):
    assert [token for token in yaml.scan(path.read_text(encoding="utf-8")) if isinstance(token, yaml.AliasToken)] == []


def statements(template: dict) -> list[tuple[str, dict]]:
    """Each statement of a role or a policy that allows something, with the name of its resource."""
    found = []
    for name, role in {**of_type(template, "AWS::IAM::Role"), **of_type(template, "AWS::IAM::ManagedPolicy")}.items():
        policies = [each["PolicyDocument"] for each in role.get("Policies", [role]) if "PolicyDocument" in each]
        every = [one for policy in policies for one in policy["Statement"]]
        found += [(name, each["Fn::If"][1] if "Fn::If" in each else each) for each in every]
    return found


def test_no_right_is_given_on_everything_but_where_there_is_nothing_to_name(template):
    wide = [(name, each["Sid"]) for name, each in statements(template) if each["Resource"] == "*"]
    assert wide == [("PublishRole", "Streams"), ("RefoldMachineRole", "Log")]
    actions = [action for _, each in statements(template) for action in as_list(each["Action"])]
    assert [action for action in actions if "*" in action] == []


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


def on_table(resource) -> bool:
    return isinstance(resource, dict) and resource.get("Fn::If", [None])[-1] == {"GetAtt": "Leads.Arn"}


def test_a_restored_table_takes_the_place_of_the_own_one_everywhere(template):
    def own(value) -> list:
        """The references to the own table that stand in no choice between the two."""
        match value:
            case {"If": ["Restored", _, _]} | {"Fn::If": ["Restored", _, _]}:
                return []
            case {"Ref": "Leads"} | {"GetAtt": "Leads.Arn" | "Leads.StreamArn"}:
                return [value]
            case dict():
                return [each for inner in value.values() for each in own(inner)]
            case list():
                return [each for inner in value for each in own(inner)]
            case str():
                return [value] if "${Leads" in value else []
        return []

    assert own(template) == []
    assert json.dumps(template).count('["Restored",') == 12


def test_functions_may_call_of_the_table_what_the_store_calls_and_nothing_else(template, root):
    calls = re.findall(
        r"self\.client\.(\w+)[,(]", (root / "runtime" / "dynamo" / "client.py").read_text(encoding="utf-8")
    )
    called = {"dynamodb:" + "".join(map(str.title, call.split("_"))) for call in calls}
    given = {
        name: {action for at, each in statements(template) if at == name and on_table(each["Resource"])
               for action in as_list(each["Action"])}
        for name in {name for name, _ in statements(template)}
    }  # fmt: skip
    assert given["KeepLeads"] | {"dynamodb:Scan"} == called
    assert {name for name, actions in given.items() if "dynamodb:Scan" in actions} == {"QueryRole", "RefoldRole"}


def test_every_function_has_a_role_and_a_log_of_its_own_that_is_not_kept_for_ever(template):
    functions = of_type(template, "AWS::Serverless::Function")
    roles = [each["Role"]["GetAtt"] for each in functions.values()]
    logs = [each["LoggingConfig"]["LogGroup"]["Ref"] for each in functions.values()]
    assert len(set(roles)) == len(set(logs)) == len(functions) == 5
    kept = {name: each.get("RetentionInDays") for name, each in of_type(template, "AWS::Logs::LogGroup").items()}
    assert [name for name in logs if kept[name] != {"Ref": "LogRetentionDays"}] == []


def test_every_queue_of_what_failed_has_an_alarm(template):
    queues = of_type(template, "AWS::SQS::Queue")
    failed = {name for name, each in queues.items() if "RedrivePolicy" not in each}
    watched = set(re.findall(r"(\w+)\.QueueName", json.dumps(of_type(template, "AWS::CloudWatch::Alarm"))))
    assert failed == {"DeadLetters", "DeadLettersOrdered", "Poison", "Unpublished", "Undelivered"}
    assert failed <= watched


def test_every_alarm_is_told_and_says_what_to_do(template):
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    assert len(alarms) >= 10
    assert [name for name, each in alarms.items() if each["AlarmActions"] != [{"Ref": "Alarms"}]] == []
    assert [name for name, each in alarms.items() if len(each["AlarmDescription"]) < 20] == []


def test_a_message_stays_hidden_for_six_times_the_time_limit_of_its_function(template):
    functions, queues = of_type(template, "AWS::Serverless::Function"), of_type(template, "AWS::SQS::Queue")
    hidden = {}
    for function in functions.values():
        for source in function.get("Events", {}).values():
            if source["Type"] == "SQS":
                name = source["Properties"]["Queue"]["GetAtt"].removesuffix(".Arn")
                hidden[name] = queues[name]["VisibilityTimeout"] / function["Timeout"]
    assert hidden == {"Ingest": 6, "IngestOrdered": 6, "Unpublished": 6}


def test_functions_are_told_each_setting_that_they_read(template, root):
    settings = (root / "runtime" / "handlers" / "settings.py").read_text(encoding="utf-8")
    told = template["Globals"]["Function"]["Environment"]["Variables"]
    assert {name for name in told if name.startswith("LEADSCORE_")} == set(re.findall(r'"(LEADSCORE_\w+)"', settings))


def test_the_metrics_that_alarms_and_the_dashboard_watch_are_written(template, root):
    written = "".join(path.read_text(encoding="utf-8") for path in (root / "runtime" / "handlers").glob("*.py"))
    shown = json.dumps(template["Resources"]["Dashboard"])
    watched = set(re.findall(r'leadscore/[^,]+, \\+"(\w+)\\+"', shown))
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        if alarm.get("Namespace") == {"Sub": "leadscore/${AWS::StackName}"}:
            watched.add(alarm["MetricName"])
    assert watched == {"SweepLag", "SweepStuck"}
    assert [name for name in sorted(watched) if f'"{name}"' not in written] == []


def test_expired_items_leave_by_the_attribute_that_the_store_writes(template):
    (table,) = of_type(template, "AWS::DynamoDB::Table").values()
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_every_function_has_its_handler(template, root):
    for function in of_type(template, "AWS::Serverless::Function").values():
        module, _, name = function["Handler"].rpartition(".")
        source = root.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
        assert re.search(rf"^def {name}\(", source, re.MULTILINE), function["Handler"]


def test_every_parameter_has_a_default_and_says_what_it_is_for(template):
    assert [name for name, each in template["Parameters"].items() if "Default" not in each] == []
    assert [name for name, each in template["Parameters"].items() if not each["Description"].endswith(".")] == []
    shown = [name for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
             for name in group["Parameters"]]  # fmt: skip
    assert sorted(shown) == sorted(template["Parameters"])


def test_who_asks_over_http_has_to_sign(template):
    functions = of_type(template, "AWS::Serverless::Function")
    urls = {name: each["FunctionUrlConfig"] for name, each in functions.items() if "FunctionUrlConfig" in each}
    assert {name: each["AuthType"] for name, each in urls.items()} == {"QueryFunction": "AWS_IAM"}
    assert of_type(template, "AWS::Lambda::Permission") == {}, "a permission could let anybody call"


def test_the_webhook_gets_what_is_on_the_bus_out_and_what_it_does_not_take_is_kept(template):
    (destination,) = of_type(template, "AWS::Events::ApiDestination").values()
    assert destination["InvocationEndpoint"] == {"Ref": "WebhookUrl"}
    rule = of_type(template, "AWS::Events::Rule")["WebhookRule"]
    (target,) = rule["Targets"]
    assert rule["EventBusName"] == {"Ref": "Published"}
    assert (target["Arn"], target["InputPath"]) == ({"GetAtt": "WebhookDestination.Arn"}, "$.detail")
    assert target["DeadLetterConfig"] == {"Arn": {"GetAtt": "Undelivered.Arn"}}


def test_what_is_kept_and_what_waits_is_encrypted(template):
    (table,) = of_type(template, "AWS::DynamoDB::Table").values()
    (bucket,) = of_type(template, "AWS::S3::Bucket").values()
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    queues = of_type(template, "AWS::SQS::Queue")
    assert [name for name, each in queues.items() if each["SqsManagedSseEnabled"] is not True] == []
