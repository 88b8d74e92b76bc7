import { randomUUID } from 'node:crypto'
import { createAwsRotationHandler } from '@rekey/rekey/engine'
import { Secret } from '@rekey/secret'
import type { AwsStore } from '@rekey/config-loader/internal/aws'
import { openAwsStore } from '@rekey/config-loader/aws'
import { type AwsServer, findForTest, openAwsServer } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openApiKeyFixture } from './api-key-fixture.ts'
import { openDatabaseFixture } from './database-fixture.ts'
import { Mortal } from './mortal.ts'
import type { OpenStore, RotationFixture } from './rotation-fixture.ts'

const moto = await findForTest('moto')

/** The order in which the service calls (User Guide, "How rotation works"). */
const SERVICE_STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

describe.runIf(moto.found)('scheduled by Secrets Manager', { timeout: 90_000 }, () => {
  let server: AwsServer
  beforeAll(async () => {
    server = await openAwsServer({ program: moto.path })
  }, 90_000)
  afterAll(() => server.close())

  /** A fixture whose secrets are in Secrets Manager, and the rotation function of its kind. */
  async function open<S extends RotationFixture>(
    openFixture: (openStore: OpenStore) => Promise<S>,
  ) {
    const prefix = `rotations/${randomUUID()}`
    const { endpoint, region, credentials } = server
    const store: AwsStore = await openAwsStore({ prefix, endpoint, region, credentials })
    const fixture = await openFixture(async (first) => {
      for (const [name, value] of Object.entries(first)) {
        await store.create(name, Secret.of(value, name))
      }
      return store
    })
    const rotator = await fixture.rotator(new Mortal())
    const { kind, options } = rotator
    onTestFinished(async () => {
      await rotator.close?.()
      await fixture.close()
      await store[Symbol.asyncDispose]()
    })
    const handler = createAwsRotationHandler({ ...options, store, kindFor: () => kind })
    const { version } = (await store.read(kind.name)).current
    const call = await server.beginRotation(`${prefix}/${kind.name}`)
    const replaced = async () => (await store.read(kind.name)).current.version !== version
    return { fixture, handler, call, replaced }
  }

  it('a database login is replaced under load, and no query fails', async () => {
    const { fixture, handler, call, replaced } = await open((openStore) =>
      openDatabaseFixture(undefined, openStore),
    )
    for (const Step of SERVICE_STEPS) await handler({ ...call, Step })
    expect(await replaced()).toBe(true)
    await fixture.check(false)
    expect(await fixture.logins()).toEqual(['app_g2'])
  })

  it('a database login is replaced once, though every step is called twice', async () => {
    const { fixture, handler, call } = await open((openStore) =>
      openDatabaseFixture(undefined, openStore),
    )
    const steps: string[][] = []
    for (const Step of SERVICE_STEPS) {
      await handler({ ...call, Step })
      await handler({ ...call, Step })
      steps.push(await fixture.logins())
    }
    expect(steps).toEqual([['app_g1'], ['app_g1', 'app_g2'], ['app_g1', 'app_g2'], ['app_g2']])
  })

  it('an API key is replaced while it is in use, and no call is refused', async () => {
    const { fixture, handler, call, replaced } = await open(openApiKeyFixture)
    for (const Step of SERVICE_STEPS) await handler({ ...call, Step })
    expect(await replaced()).toBe(true)
    await fixture.check(false)
  })
})
