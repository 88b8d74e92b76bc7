import { randomUUID } from 'node:crypto'

/** Where and as whom a request is made. */
export interface AwsCaller {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
}

/** A ZIP file with one empty file, `index.js`. */
const EMPTY_CODE =
  'UEsDBBQAAAAAANqseF0AAAAAAAAAAAAAAAAIAAAAaW5kZXguanNQSwECFAMUAAAAAADarHhdAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAgAEAAAAAaW5kZXguanNQSwUGAAAAAAEAAQA2AAAAJgAAAAAA'

const LAMBDA_MAY_ASSUME = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
})

/** `RotateSecret`: leaves an empty version that is pending, and gives what the steps are called with. */
export async function beginRotation(
  caller: AwsCaller,
  SecretId: string,
): Promise<{ SecretId: string; ClientRequestToken: string }> {
  await clearPending(caller, SecretId)
  const ClientRequestToken = randomUUID()
  const answer = await callSecretsManager(caller, 'RotateSecret', {
    SecretId,
    ClientRequestToken,
    RotationLambdaARN: await createIdleFunction(caller, `rotate-${randomUUID()}`),
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  return { SecretId: (answer as { ARN: string }).ARN, ClientRequestToken }
}

/** The service begins where pending and current are one version; moto takes just that for a rotation under way. */
async function clearPending(caller: AwsCaller, SecretId: string): Promise<void> {
  const described = await callSecretsManager(caller, 'DescribeSecret', { SecretId })
  const { VersionIdsToStages } = described as { VersionIdsToStages: Record<string, string[]> }
  const pending = Object.entries(VersionIdsToStages).find(([, on]) => on.includes('AWSPENDING'))
  if (pending === undefined) return
  const label = { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: pending[0] }
  await callSecretsManager(caller, 'UpdateSecretVersionStage', label)
}

async function callSecretsManager(
  caller: AwsCaller,
  action: string,
  json: unknown,
): Promise<unknown> {
  const target = `secretsmanager.${action}`
  return JSON.parse(await post(caller, '/', { service: 'secretsmanager', target, json }))
}

/**
 * Creates a Lambda function that can be named in `RotateSecret`, and gives its ARN. It is called and does nothing: moto runs
 * code only in containers.
 */
export async function createIdleFunction(caller: AwsCaller, name: string): Promise<string> {
  await post(caller, '/moto-api/config', { json: { lambda: { use_docker: false } } })
  const role = await post(caller, '/', {
    service: 'iam',
    form: {
      Action: 'CreateRole',
      Version: '2010-05-08',
      RoleName: name,
      AssumeRolePolicyDocument: LAMBDA_MAY_ASSUME,
    },
  })
  const created = await post(caller, '/2015-03-31/functions', {
    service: 'lambda',
    json: {
      FunctionName: name,
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: /<Arn>([^<]+)<\/Arn>/.exec(role)?.[1],
      Code: { ZipFile: EMPTY_CODE },
    },
  })
  return (JSON.parse(created) as { FunctionArn: string }).FunctionArn
}

/** Forgets everything. */
export async function resetServer(caller: AwsCaller): Promise<void> {
  await post(caller, '/moto-api/reset', { json: {} })
}

/** Does again what was recorded. */
export async function replayRequests(caller: AwsCaller): Promise<void> {
  await post(caller, '/moto-api/recorder/replay-recording', { json: {} })
}

interface Content {
  readonly service?: string
  readonly target?: string
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
}

/** The server reads from a signature whose request it is and for which service, and does not check it. */
async function post(caller: AwsCaller, path: string, content: Content): Promise<string> {
  const { service = 'moto', target, json, form } = content
  const scope = `${caller.accessKeyId}/20260101/${caller.region}/${service}/aws4_request`
  const response = await fetch(new URL(path, caller.endpoint), {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(target !== undefined && { 'x-amz-target': target }),
    },
    body: form === undefined ? JSON.stringify(json) : new URLSearchParams(form),
  })
  if (!response.ok) throw new Error(`the AWS server answered ${response.status} to ${path}`)
  return response.text()
}
