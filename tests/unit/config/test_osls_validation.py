"""What osls's schema says: the same verdict as osls itself, which is asked in test-deep."""

import json
import subprocess
from pathlib import Path
from typing import get_args

import pytest
import yaml

from tests.conftest import ROOT, deep
from tocsin.config import osls_validation as validation
from tocsin.config.model import Monitoring
from tocsin.packaging import osls_schema

ARN = "arn:aws:sqs:eu-central-1:123456789012:jobs"
# Of each key and kind of event, what is taken and what is not; those that a conversion decides.
CASES = """
- {tracing: 'true'}
- {tracing: true}
- {tracing: 1}
- {tracing: 2}
- {tracing: active}
- {timeout: '0x10'}
- {timeout: '-0x10'}
- {timeout: '0e5'}
- {timeout: '1e2'}
- {timeout: ' .5e1 '}
- {timeout: '1_0'}
- {timeout: '１０'}
- {timeout: 'inf'}
- {tracing: [Active]}
- {timeout: '30'}
- {timeout: 30.0}
- {timeout: 30.5}
- {timeout: '30s'}
- {timeout: 901}
- {timeout: null}
- {timeout: true}
- {memorySize: 64}
- {memorySize: ' 128 '}
- {disableLogs: 'yes'}
- {disableLogs: 'false'}
- {disableLogs: 0}
- {layers: arn:aws:lambda:x}
- {layers: [x]}
- {layers: [{Ref: X}, {x: 1}, []]}
- {tags: {team: 5, on: true, long: [1]}}
- {tags: {'aws:x': y}}
- {tags: {team: null}}
- {vpc: null}
- {vpc: false}
- {vpc: true}
- {vpc: {}}
- {vpc: {securityGroupIds: [a], subnetIds: b}}
- {vpc: {securityGroupIds: [a, b, c, d, e, f], subnetIds: [b]}}
- {vpc: {securityGroupIds: {'Fn::Split': [',', a]}, subnetIds: [{'Fn::If': [a, b, c]}]}}
- {environment: {A: '', B: 1, C: {Ref: X}, D: {'Fn::If': [a, b, c]}}}
- {environment: {A: [1]}}
- {environment: {A: [1, 2]}}
- {environment: {a-b: x}}
- {reservedConcurrency: 0}
- {reservedConcurrency: -1}
- {reservedConcurrency: {Ref: X}}
- {provisionedConcurrency: '5'}
- {onError: arn:aws:sns:x}
- {onError: arn:aws:sqs:x}
- {onError: {'Fn::GetAtt': [A, Arn]}}
- {destinations: {onFailure: other}}
- {destinations: {onFailure: {arn: {Ref: X}, type: sqs}}}
- {destinations: {onFailure: {arn: {Ref: X}}}}
- {destinations: {onFailure: {arn: arn:aws:sqs:x, type: sqs}}}
- {fileSystemConfig: {arn: x, localMountPath: /mnt/a}}
- {fileSystemConfig: {localMountPath: /tmp/a}}
- {image: a}
- {image: {name: a, command: x}}
- {image: {uri: x}}
- {kmsKeyArn: arn:aws:kms:x}
- {kmsKeyArn: x}
- {logRetentionInDays: '7'}
- {logRetentionInDays: 8}
- {logs: {logFormat: XML}}
- {logs: {logGroup: 'a b'}}
- {url: {cors: {maxAge: -1, allowedOrigins: []}}}
- {url: {invokeMode: RESPONSE_STREAM}}
- {url: 'true'}
- {role: ''}
- {role: {Ref: X}}
- {runtime: python3.9}
- {runtimeManagement: manual}
- {runtimeManagement: {mode: manual, arn: 'arn:x'}}
- {runtimeManagement: {mode: sometimes}}
- {maximumRetryAttempts: 3}
- {maximumEventAge: 59}
- {ephemeralStorageSize: 10241}
- {snapStart: maybe}
- {unknown: 1}
- {dependsOn: X}
- {condition: 5}
- {httpApi: {payload: 2.0}}
- {httpApi: {payload: '2.0'}}
- {events: [{sqs: 'arn:aws:sqs:x'}]}
- {events: [{sqs: jobs}]}
- {events: [{sqs: {arn: 'arn:aws:sqs:a:b:c', batchSize: '5'}}]}
- {events: [{sqs: {arn: 'arn:aws:sqs:a:b:c', batchSize: 0}}]}
- {events: [{schedule: rate(1 minute)}]}
- {events: [{schedule: hourly}]}
- {events: [{schedule: {rate: [rate(1 minute)], enabled: 'no'}}]}
- {events: [{http: 'GET /x'}]}
- {events: [{http: {path: x, method: fetch}}]}
- {events: [{http: {path: x, method: PoSt}}]}
- {events: [{http: {path: x, method: get, response: {statusCodes: {200: {pattern: ''}}}}}]}
- {events: [{http: {path: x, method: get, response: {statusCodes: {20: {pattern: ''}}}}}]}
- {events: [{httpApi: '*'}]}
- {events: [{httpApi: {path: x, method: get}}]}
- {events: [{s3: bucket}]}
- {events: [{s3: {bucket: UPPER}}]}
- {events: [{sns: topic}]}
- {events: [{stream: {arn: {'Fn::GetAtt': [A, Arn]}}}]}
- {events: [{stream: {arn: {'Fn::GetAtt': [A, Arn]}, type: kinesis}}]}
- {events: [{nothing: 1}]}
- {events: [{sqs: 'arn:a', sns: b}]}
- {events: [{websocket: $connect}]}
- {events: [{eventBridge: {}}]}
- {events: [{eventBridge: {schedule: rate(1 minute)}}]}
- {events: [{cloudwatchLog: {}}]}
- {events: [{cognitoUserPool: {pool: a, trigger: PreSignUp}}]}
- {events: [{cognitoUserPool: {pool: a, trigger: Never}}]}
- {events: [{iot: {sql: x, enabled: 1}}]}
- {events: [{alb: {listenerArn: x}}]}
- {events: [{activemq: {arn: x, queue: y, basicAuthArn: z}}]}
"""
_ASK = """
const Serverless = require(process.argv[1]);
const configuration = {service: 'schema', provider: {name: 'aws'}};
const serverless = new Serverless({
  commands: ['print'], options: {}, configuration,
  serviceDir: process.cwd(), configurationFilename: 'serverless.yml',
});
const cases = JSON.parse(require('fs').readFileSync(0));
serverless.init().then(async () => {
  serverless.service.configValidationMode = 'error';
  const verdicts = [];
  for (const one of cases) {
    try {
      await serverless.configSchemaHandler.validateConfig(
        {service: 'schema', provider: {name: 'aws'}, functions: {a: one}}
      );
      verdicts.push(true);
    } catch (error) {
      if (error.code !== 'INVALID_NON_SCHEMA_COMPLIANT_CONFIGURATION') throw error;
      verdicts.push(false);
    }
  }
  process.stdout.write(JSON.stringify(verdicts));
});
"""


def ours(function) -> bool:
    schema = validation.function_schema()
    return not list(validation.problems(function, schema, ()))


@deep
def test_the_verdict_is_osls_own(tmp_path: Path) -> None:
    cases = yaml.safe_load(CASES)
    (tmp_path / "serverless.yml").write_text("service: schema\nprovider: {name: aws}\n")
    module = (ROOT / "node_modules/osls/lib/serverless.js").resolve()
    done = subprocess.run(
        ["node", "-e", _ASK, str(module)],  # noqa: S607
        cwd=tmp_path, input=json.dumps(cases), capture_output=True, text=True, check=True,
    )  # fmt: skip
    verdicts = json.loads(done.stdout)
    differing = [
        (case, theirs) for case, theirs in zip(cases, verdicts, strict=True) if ours(case) != theirs
    ]
    assert differing == []
    assert 30 < sum(verdicts) < len(cases) - 30


@deep
def test_the_schema_that_ships_is_that_of_the_osls_of_package_json() -> None:
    """Where this fails: `./inv lock --osls-schema`, and look at what changed."""
    assert osls_schema.read(ROOT) == json.loads(validation.SCHEMA_FILE.read_text())


def test_of_several_forms_the_fault_inside_the_one_that_was_meant_is_named() -> None:
    (problem,) = validation.problems(
        {"arn": ARN, "batchSize": 0}, validation.event_schemas()["sqs"], ("events", 0, "sqs")
    )
    assert (problem.path, problem.found) == (("events", 0, "sqs", "batchSize"), "0")


@pytest.mark.parametrize("kind", validation.event_schemas())
def test_a_number_is_no_event_of_any_kind(kind) -> None:
    found = list(validation.problems([[]], validation.event_schemas()[kind], (kind,)))
    assert found


def test_a_runtime_that_monitoring_yml_takes_is_one_of_osls() -> None:
    taken = get_args(Monitoring.model_fields["runtime"].annotation)
    schema = json.loads(validation.SCHEMA_FILE.read_text(encoding="utf-8"))
    assert set(taken) - set(schema["definitions"]["awsLambdaRuntime"]["enum"]) == set()
