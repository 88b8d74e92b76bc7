import { randomUUID } from 'node:crypto'
import { Secret } from '@rekey/secret'
import type { AwsStore } from '@rekey/config-loader/internal/aws'
import { openAwsStore } from '@rekey/config-loader/aws'
import { type AwsServer, findForTest, openAwsServer } from '@rekey/testbed'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { RotatingService } from './rotation-function.support.ts'

const moto = await findForTest('moto')

/** Whether there is a server of the AWS API here. */
export const { found } = moto

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
  onTestFinished(() => store[Symbol.asyncDispose]())
  for (const [name, value] of Object.entries(first)) {
    await store.create(name, Secret.of(value, name))
  }
  const begin = (name: string) => server.beginRotation(`${prefix}/${name}`)
  return { store, service: { begin, idOf: (name: string) => `${prefix}/${name}` } }
}
