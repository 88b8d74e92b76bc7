import { randomUUID } from 'node:crypto'
import {
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { Secret } from '@rekey/secret'
import { type AwsStore, openAwsStore } from '@rekey/secret-stores/aws'
import { type AwsServer, findForTest, openAwsServer } from '@rekey/testbed'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { AwsRotationEvent, LambdaContext } from '../aws-lambda.ts'

const moto = await findForTest('moto')

/** Whether there is a server of the AWS API here. */
export const { found } = moto

type Handler = (event: AwsRotationEvent, context?: LambdaContext) => Promise<void>

/** The order in which the service calls (User Guide, "How rotation works"). */
export const SERVICE_STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

/** One server for all tests of a file. Call it at the top of a suite. */
export function useAwsServer() {
  let server: AwsServer | undefined
  beforeAll(async () => {
    server = await openAwsServer({ program: moto.path })
  }, 90_000)
  afterAll(() => server?.close())
  return () => {
    if (server === undefined) throw new Error('the server is started before each suite')
    return server
  }
}

/** A store that has `first`, and the service that rotates what is in it. */
export async function openRotatedStore(
  server: AwsServer,
  first: Readonly<Record<string, string>>,
): Promise<{ store: AwsStore; service: RotatingService }> {
  const { endpoint, region, credentials } = server
  const prefix = `test/${randomUUID()}`
  const store = await openAwsStore({ prefix, endpoint, region, credentials })
  const client = new SecretsManagerClient({ endpoint, region, credentials })
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]()
    client.destroy()
  })
  for (const [name, value] of Object.entries(first)) {
    await store.create(name, Secret.of(value, name))
  }
  return { store, service: new RotatingService({ server, client, store, prefix }) }
}

interface ServiceParts {
  readonly server: AwsServer
  readonly client: SecretsManagerClient
  readonly store: AwsStore
  readonly prefix: string
}

/**
 * Does what the service does around a rotation function. moto keeps its book of `RotateSecret`, and runs no function without
 * containers: so the steps are called from here, in the documented order.
 */
export class RotatingService {
  readonly #parts: ServiceParts

  constructor(parts: ServiceParts) {
    this.#parts = parts
  }

  /** `RotateSecret`: leaves an empty version that is pending, and gives what the steps are called with. */
  async begin(name: string): Promise<Omit<Required<AwsRotationEvent>, 'Step'>> {
    const { server, client, prefix } = this.#parts
    const SecretId = `${prefix}/${name}`
    await this.#clearPending(SecretId)
    const ClientRequestToken = randomUUID()
    const answer = await client.send(
      new RotateSecretCommand({
        ...{ SecretId, ClientRequestToken },
        RotationLambdaARN: await server.createRotationFunction(`rotate-${randomUUID()}`),
        RotationRules: { AutomaticallyAfterDays: 30 },
      }),
    )
    return { SecretId: answer.ARN ?? '', ClientRequestToken }
  }

  /** A rotation from its beginning to its end. */
  async rotate(name: string, handler: Handler): Promise<void> {
    const call = await this.begin(name)
    for (const Step of SERVICE_STEPS) await handler({ ...call, Step })
  }

  /** The service begins where pending and current are one version; moto takes just that for a rotation under way. */
  async #clearPending(SecretId: string): Promise<void> {
    const { client, store } = this.#parts
    const { labels } = await store.describe(SecretId)
    const [id] = Object.entries(labels).find(([, on]) => on.includes('AWSPENDING')) ?? []
    const label = { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: id }
    if (id !== undefined) await client.send(new UpdateSecretVersionStageCommand(label))
  }
}
