import { randomBytes, randomUUID } from 'node:crypto'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { Secret } from '@rekey/secret'
import { type AwsServer, findForTest, openAwsServer } from '@rekey/testbed'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { type AwsStoreOptions, openAwsStore } from '../../../src/store/aws/index.ts'

const moto = await findForTest('moto')

/** Whether there is a server of the AWS API here. */
export const { found } = moto

/** The secret of the tests. */
export const NAME = 'API_KEY_FRONTEND_SIGNING'

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

/** A store under a prefix of its own, and the client that others use for the same secrets. */
export async function openStore(server: AwsServer, options: Partial<AwsStoreOptions> = {}) {
  const { endpoint, region, credentials } = server
  const prefix = options.prefix ?? `test-${randomUUID()}`
  const store = await openAwsStore({ prefix, endpoint, region, credentials, ...options })
  const client = new SecretsManagerClient({ endpoint, region, credentials })
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]()
    client.destroy()
  })
  return { store, client, prefix, secretId: `${prefix}/${NAME}` }
}

/** A fresh random value. */
export function random(): Secret {
  return Secret.of(randomBytes(32).toString('base64url'), NAME)
}
