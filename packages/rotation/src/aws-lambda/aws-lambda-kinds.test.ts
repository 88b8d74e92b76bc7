import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAwsRotationHandler } from '../aws-lambda.ts'
import { createMemoryJournal } from '../index.ts'
import {
  kind as apiKey,
  NAME,
  newKey,
  openReceiver,
  openSender,
  repeat,
  showKey,
} from '../kinds/api-key.test.support.ts'
import { openServer } from '../kinds/database.test.support.ts'
import {
  found,
  openRotatedStore,
  type RotatingService,
  SERVICE_STEPS,
  useAwsServer,
} from './aws-lambda.test.support.ts'

describe.runIf(found)('scheduled by Secrets Manager', { timeout: 90_000 }, () => {
  const aws = useAwsServer()
  let postgres: Awaited<ReturnType<typeof openServer>>
  beforeAll(async () => {
    postgres = await openServer(undefined)
  })
  afterAll(() => postgres.close())

  async function openDatabase() {
    const services: RotatingService[] = []
    const scene = await postgres.setUpIn(async (first) => {
      const { store, service } = await openRotatedStore(aws(), first)
      services.push(service)
      return store
    })
    const [service] = services
    if (service === undefined) throw new Error('the store was not opened')
    const secret = `DATABASE_${scene.name.toUpperCase()}`
    const handler = createAwsRotationHandler({ ...scene.options, kindFor: () => scene.kind() })
    return { ...scene, service, secret, handler }
  }

  it('a database login is replaced under load, and no query fails', async () => {
    const { name, pool, logins, service, secret, handler } = await openDatabase()
    const users = repeat(async () => {
      const { rows } = await pool.query<{ by: string }>('select session_user as by')
      return rows[0]?.by
    })
    await service.rotate(secret, handler)
    await pool.query('select 1')
    expect(new Set(await users())).toEqual(new Set([`${name}_g1`, `${name}_g2`]))
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('a database login is replaced once, though every step is called twice', async () => {
    const { name, logins, service, secret, handler } = await openDatabase()
    const call = await service.begin(secret)
    const steps: string[][] = []
    for (const Step of SERVICE_STEPS) {
      await handler({ ...call, Step })
      await handler({ ...call, Step })
      steps.push(await logins())
    }
    const both = [`${name}_g1`, `${name}_g2`]
    expect(steps).toEqual([[`${name}_g1`], both, both, [`${name}_g2`]])
  })

  it('an API key is replaced while it is in use, and no call is refused', async () => {
    const { store, service } = await openRotatedStore(aws(), { [NAME]: newKey() })
    const { current } = await store.read(NAME)
    const beta = await openReceiver({ source: store })
    const alpha = await openSender(store, [beta])
    const handler = createAwsRotationHandler({
      ...{ store, journal: createMemoryJournal() },
      kindFor: () => apiKey([beta, alpha.replica]),
    })
    const stop = repeat(alpha.call)
    await service.rotate(NAME, handler)
    expect(new Set((await stop()).flat())).toEqual(new Set([200]))
    expect(await showKey(beta.url, current.value.expose())).toBe(401)
  })
})
