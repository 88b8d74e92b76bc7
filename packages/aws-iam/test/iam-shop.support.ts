import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts'
import { openRotatedService } from '@rekey/rotated-service'
import type { AwsServer } from '@rekey/testbed'
import { onTestFinished, vi } from 'vitest'
import { awsAccessKey, awsCredentials } from '../src/index.ts'
import { awsAccessKeyKind } from '../src/rotate/index.ts'

const ADMINISTRATOR = 'IAM_ADMINISTRATOR'
/** The rights of the administrator of a family, and no more. */
const LEAST = ['List', 'Create', 'Update', 'Delete'].map((verb) =>
  verb === 'List' ? 'iam:ListAccessKeys' : `iam:${verb}AccessKey`,
)

let users = 0

function documentOf(actions: readonly string[]): string {
  const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }]
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

/** A service with an access key, and the rotation of that key, at a server that checks each signature and each right. */
export async function openShop(
  server: AwsServer,
  {
    rights = [...LEAST, 'iam:GetAccessKeyLastUsed'],
    isRole = false,
  }: { rights?: readonly string[]; isRole?: boolean } = {},
) {
  users += 1
  const [user, rekey] = [`shop${users}`, `rekey${users}`]
  const { endpoint, region } = server
  const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
    new IAMClient({ endpoint, region, credentials, maxAttempts: 1 })
  const root = clientOf(server.credentials)
  const checkFrom = (count: string) =>
    fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body: count })
  const newUser = async (name: string, actions: readonly string[]) => {
    await root.send(new CreateUserCommand({ UserName: name }))
    const policy = { UserName: name, PolicyName: 'rights', PolicyDocument: documentOf(actions) }
    await root.send(new PutUserPolicyCommand(policy))
    return newKey(name)
  }
  const newKey = async (name = user) => {
    const { AccessKey: made } = await root.send(new CreateAccessKeyCommand({ UserName: name }))
    return { accessKeyId: made?.AccessKeyId ?? '', secretAccessKey: made?.SecretAccessKey ?? '' }
  }
  /** AWS takes the exchange of a token unsigned, and moto only while it checks nothing. */
  const openExchange = async () => {
    const exchange = createServer((request, response) => {
      void (async () => {
        await checkFrom('inf')
        const headers = { 'content-type': request.headers['content-type'] ?? '' }
        const answer = await fetch(endpoint, { method: 'POST', headers, body: await text(request) })
        await checkFrom('0')
        response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(await answer.text())
      })()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => {
      exchange.close().closeAllConnections()
    })
    await once(exchange, 'listening')
    return `http://127.0.0.1:${(exchange.address() as AddressInfo).port}`
  }
  /** Gives the role of the rotator its rights, and the rotator a projected token. */
  const becomeRole = async () => {
    const trust = { RoleName: rekey, AssumeRolePolicyDocument: '{}' }
    const { Role } = await root.send(new CreateRoleCommand(trust))
    const policy = { RoleName: rekey, PolicyName: 'rights', PolicyDocument: documentOf(rights) }
    await root.send(new PutRolePolicyCommand(policy))
    const directory = await mkdtemp(join(tmpdir(), 'rekey-iam-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    await writeFile(join(directory, 'token'), randomBytes(24).toString('hex'))
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(directory, 'token'))
    vi.stubEnv('AWS_ROLE_ARN', Role?.Arn)
    vi.stubEnv('AWS_ENDPOINT_URL_STS', await openExchange())
    onTestFinished(() => void vi.unstubAllEnvs())
  }
  await checkFrom('inf')
  if (isRole) await becomeRole()
  const first = await newUser(user, ['s3:*'])
  const administrator = await newUser(rekey, rights)
  const marked = (key: typeof first) => JSON.stringify({ ...key, nonProduction: true })
  const rotated = await openRotatedService({
    ...{ kind: awsAccessKeyKind, spec: awsAccessKey(), value: marked(first) },
    entry: {
      ...{ user, region, endpoint, settleMs: 0 },
      ...(!isRole && { administratorName: ADMINISTRATOR }),
    },
    held: { [ADMINISTRATOR]: marked(administrator) },
  })
  /** From here on requests need a key and a right. */
  await checkFrom('0')
  const call = (credentials: STSClientConfig['credentials']) =>
    new STSClient({ endpoint, region, maxAttempts: 1, ...(credentials && { credentials }) })
  const client = call(awsCredentials(rotated.secret))
  const ask = () => client.send(new GetCallerIdentityCommand({}))
  const accepts = async (text: string) => {
    const asking = call(JSON.parse(text) as typeof first)
    try {
      await asking.send(new GetCallerIdentityCommand({}))
      return true
    } catch (error) {
      if ((error as Error).name === 'InvalidClientTokenId') return false
      throw error
    }
  }
  const keys = async () => {
    const { accessKeyId, secretAccessKey } = administrator
    const listing = clientOf({ accessKeyId, secretAccessKey })
    const found = await listing.send(new ListAccessKeysCommand({ UserName: user }))
    return (found.AccessKeyMetadata ?? []).map(({ AccessKeyId }) => AccessKeyId)
  }
  /** Makes a second key of the user, without the rotator. */
  const strangersKey = async () => {
    await checkFrom('inf')
    const key = await newKey()
    await checkFrom('0')
    return marked(key)
  }
  return { ...rotated, user, first: marked(first), ask, accepts, keys, strangersKey }
}
