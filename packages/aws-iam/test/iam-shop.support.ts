import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListAccessKeysCommand,
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

/** An STS that is played, since moto exchanges no token while it checks rights: it gives the key of the administrator. */
async function openExchange(key: { accessKeyId: string; secretAccessKey: string }) {
  const result = 'AssumeRoleWithWebIdentityResult'
  const [id, secret] = [`<AccessKeyId>${key.accessKeyId}</AccessKeyId>`, key.secretAccessKey]
  const given = `<Credentials>${id}<SecretAccessKey>${secret}</SecretAccessKey></Credentials>`
  const sts = createServer((_, response) => {
    response.end(`<Response><${result}>${given}</${result}></Response>`)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    sts.close().closeAllConnections()
  })
  await once(sts, 'listening')
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(sts.address() as AddressInfo).port}`)
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
    const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    const policy = { UserName: name, PolicyName: 'rights', PolicyDocument }
    await root.send(new PutUserPolicyCommand(policy))
    return newKey(name)
  }
  const newKey = async (name = user) => {
    const { AccessKey: made } = await root.send(new CreateAccessKeyCommand({ UserName: name }))
    return { accessKeyId: made?.AccessKeyId ?? '', secretAccessKey: made?.SecretAccessKey ?? '' }
  }
  await checkFrom('inf')
  const first = await newUser(user, ['s3:*'])
  const administrator = await newUser(rekey, rights)
  const marked = (key: typeof first) => JSON.stringify({ ...key, nonProduction: true })
  if (isRole) await openExchange(administrator)
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
