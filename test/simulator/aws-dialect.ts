import { randomBytes } from 'node:crypto'
import { awsAccessKey, awsCredentials } from '@rekey/aws-iam'
import { awsAccessKeyKind } from '@rekey/aws-iam/rotate'
import { ADMINISTRATOR, type Dialect, USER } from './account-kind.ts'
import type { AccountServer } from './account-server.ts'

/** A signed call of a service. */
interface Aws {
  sign(id: string, secret: string): Promise<void>
}

const KEY_ID = 'AKIASHOPSHOP0000'
const ADMINISTRATOR_ID = 'AKIAADMINADMIN00'
const MOST_KEYS = 2

/** A user has two keys at most, each with an id and a secret that AWS makes; each call of a replica is signed anew. */
export const awsDialect: Dialect<Aws> = {
  ...{ title: 'access key of AWS', name: 'aws', kind: awsAccessKeyKind, spec: awsAccessKey },
  entry: {
    ...{ user: USER, region: 'eu-central-1', settleMs: 5_000 },
    administratorName: ADMINISTRATOR.passwordName,
  },
  users: [KEY_ID, ADMINISTRATOR_ID],
  newPassword: newSecret,
  valueOf,
  administratorOf: valueOf,
  keep: (secret) => secret,
  matches: (kept, secret) => kept === secret,
  refusal: () => named('InvalidClientTokenId'),
  driver,
  follow(live, aws) {
    const credentials = awsCredentials(live)
    const call = async () => {
      const { accessKeyId, secretAccessKey } = await credentials()
      await aws.sign(accessKeyId, secretAccessKey)
    }
    return Promise.resolve({ call, close: () => undefined })
  },
}

function valueOf(accessKeyId: string, secretAccessKey: string): string {
  return JSON.stringify({ accessKeyId, secretAccessKey, nonProduction: true })
}

function newSecret(): string {
  return randomBytes(20).toString('hex')
}

function named(name: string): Error {
  return Object.assign(new Error('refused'), { name })
}

interface Input {
  readonly AccessKeyId?: string
}

interface Client {
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** With the parts of the SDK that are used. */
function driver(server: AccountServer): Aws {
  const used = new Set<string>()
  const sign = async (id: string, secret: string) => {
    const session = await server.open(id, secret)
    session.close()
    if (!session.process.name.startsWith('rotator')) used.add(id)
  }
  let made = 0
  const command = (answer: (id: string) => object) =>
    class {
      readonly #id: string

      constructor({ AccessKeyId: id = '' }: Input) {
        this.#id = id
      }

      answer() {
        return answer(this.#id)
      }
    }
  class AwsClient {
    readonly #login: readonly [id: string, secret: string]

    constructor({ credentials: { accessKeyId, secretAccessKey } }: Client) {
      this.#login = [accessKeyId, secretAccessKey]
    }

    send(asked: { answer(): object }): Promise<object> {
      return server.ask(() => {
        if (server.accepts(...this.#login)) return asked.answer()
        throw named('InvalidClientTokenId')
      })
    }
  }
  const keys = () => [...server.accounts.keys()].filter((id) => id !== ADMINISTRATOR_ID)
  const sdk = {
    sign,
    IAMClient: AwsClient,
    STSClient: AwsClient,
    GetCallerIdentityCommand: command(() => ({})),
    UpdateAccessKeyCommand: command((id) => {
      if (!server.accounts.has(id)) throw named('NoSuchEntity')
      server.accounts.set(id, { kept: [] })
      return {}
    }),
    DeleteAccessKeyCommand: command((id) => {
      server.accounts.delete(id)
      return {}
    }),
    ListAccessKeysCommand: command(() => ({
      AccessKeyMetadata: keys().map((id) => ({ AccessKeyId: id })),
    })),
    CreateAccessKeyCommand: command(() => {
      if (keys().length >= MOST_KEYS) throw named('LimitExceeded')
      made += 1
      const id = `AKIASHOP${String(made).padStart(8, '0')}`
      const secret = newSecret()
      server.accounts.set(id, { kept: [secret] })
      return { AccessKey: { AccessKeyId: id, SecretAccessKey: secret } }
    }),
    GetAccessKeyLastUsedCommand: command((id) => ({
      AccessKeyLastUsed: used.has(id) ? { LastUsedDate: new Date() } : {},
    })),
  }
  return sdk
}
