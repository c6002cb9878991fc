"""The template and the bundle work together: deployed to ministack as `make deploy` deploys them to AWS."""

from __future__ import annotations

import json

import pytest

from infra import bundle, deploy


def test_the_table_is_as_the_store_needs_it(stack):
    client, name = stack.client("dynamodb"), stack.outputs["TableName"]
    table = client.describe_table(TableName=name)["Table"]
    assert [(each["AttributeName"], each["KeyType"]) for each in table["KeySchema"]] == [
        ("pk", "HASH"),
        ("sk", "RANGE"),
    ]
    (index,) = table["GlobalSecondaryIndexes"]
    assert [each["AttributeName"] for each in index["KeySchema"]] == ["shard", "due"]
    assert (index["IndexName"], index["Projection"]["ProjectionType"]) == ("due", "KEYS_ONLY")
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"


@pytest.mark.parametrize("function", ["ingest", "sweep", "publish", "query", "refold"])
def test_each_function_starts_from_the_bundle(stack, function):
    answer = stack.client("lambda").invoke(FunctionName=f"{stack.name}-{function}", Payload=b"{}")
    told = json.loads(answer["Payload"].read())
    assert "Worker init failed" not in json.dumps(told)


def test_sam_is_told_for_which_machine_and_python_the_bundle_was_packed():
    arguments = deploy.sam_arguments("demo", "arm64", "3.13", ["AlarmEmail=ops@example.org"])
    start = arguments.index("--parameter-overrides") + 1
    assert arguments[start:] == ["Runtime=python3.13", "Architecture=arm64", "AlarmEmail=ops@example.org"]


def test_whatever_can_have_tags_gets_that_of_the_application():
    arguments = deploy.sam_arguments("demo", "arm64", "3.13", [])
    assert arguments[arguments.index("--tags") + 1] == "application=leadscore"


def test_without_sam_it_is_said_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(deploy, "sam", lambda: None)
    assert deploy.main(["demo"]) == 2
    assert "AWS SAM is not installed" in capsys.readouterr().err


def test_a_bundle_that_can_not_be_made_is_not_deployed(monkeypatch, capsys):
    def refuse(*_):
        raise bundle.BundleError("no wheel for this machine")

    monkeypatch.setattr(deploy, "sam", lambda: "/bin/false")
    monkeypatch.setattr(bundle, "build", refuse)
    assert deploy.main(["demo"]) == 2
    assert capsys.readouterr().err == "no wheel for this machine\n"


def test_what_is_no_parameter_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        deploy.main(["demo", "AlarmEmail"])
    assert ended.value.code == 2
    assert "AlarmEmail is no Name=Value" in capsys.readouterr().err
