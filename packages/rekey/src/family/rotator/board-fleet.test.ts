// @lane servers
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  apiKeyFrom,
  apiKeyTo,
  createKeyring,
  issueApiKey,
  withApiKey,
  apiKeyAuth,
} from '@rekey/api-key-auth'
import { defineService, loadService, openHealthListener, postReports } from '@rekey/config-loader'
import { rotate } from '../../engine/rotate.ts'
import type { RotationError } from '../../engine/rotation-error.ts'
import { DisposalStack, Secret, systemClock } from '@rekey/secret'
import { openDotenvStore } from '@rekey/config-loader/store'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import type { Deployment } from '../deployment.ts'
import { defineFamily } from '../family.ts'
import { openRotator, type Rotator, type RotatorOptions } from './open-rotator.ts'

const KEY = 'API_KEY_MAILER_SHOP'
const TITLE = 'api-key mailer:shop'
const settings = z.object({})
const env = { REKEY_ENVIRONMENT: 'test' }
const own = new DisposalStack()
let admin: pg.Pool
let rotator: Rotator
let open: (options?: Partial<RotatorOptions>) => Promise<Rotator>
let call: () => Promise<number>

/** The function `mailer`, which has no listener and calls `shop`; and `shop`, which is asked over HTTP. */
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-board-'))
  own.defer(() => rm(directory, { recursive: true }), 'directory')
  const server = own.use(await openPostgres(), 'PostgreSQL')
  const poolAt = (url: string) => {
    const pool = new pg.Pool({ connectionString: url, max: 2 })
    pool.on('error', () => undefined)
    own.defer(() => pool.end(), 'connections')
    return pool
  }
  admin = poolAt(server.adminUrl.expose())
  const password = randomBytes(16).toString('hex')
  await admin.query(
    `create role mailer; create role mailer_g1 login password '${password}' in role mailer`,
  )
  const login = new URL(server.adminUrl.expose())
  login.username = 'mailer_g1'
  login.password = password

  const path = join(directory, '.env')
  const store = own.use(await openDotenvStore({ path }), 'store')
  await store.create(KEY, Secret.of(issueApiKey({ environment: 'test' }).text.expose(), KEY))
  await store.create('DATABASE_ROTATOR', Secret.of(server.adminUrl.expose(), 'DATABASE_ROTATOR'))

  const load = { env, source: store, policy: { ttlMs: 500 } }
  const shop = own.use(
    await loadService(
      defineService({ name: 'shop', settings, secrets: { mailer: apiKeyFrom('mailer') } }),
      load,
    ),
    'shop',
  )
  const keyring = createKeyring(shop.secrets)
  const listener = createServer(apiKeyAuth({ keyring })((_, response) => void response.end('{}')))
  await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve))
  own.defer(() => void listener.close(), 'listener of shop')
  const health = await openHealthListener(shop, { port: 0 })
  own.defer(() => health.close(), 'health of shop')
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`

  const mailer = own.use(
    await loadService(
      defineService({ name: 'mailer', settings, secrets: { shop: apiKeyTo('shop') } }),
      load,
    ),
    'mailer',
  )
  const send = withApiKey(mailer.secrets.shop, { origins: [url] })(fetch)
  call = async () => {
    const { status, body } = await send(url)
    await body?.cancel()
    return status
  }

  const family: Deployment = {
    ...defineFamily({
      services: ['mailer', 'shop'],
      secrets: { 'api-key': ['mailer:shop'] },
      servers: { main: { admin: 'DATABASE_ROTATOR' } },
      journal: 'main',
      environment: 'test',
    }),
    store: { locator: `dotenv:${path}`, variables: {} },
    fleet: [
      { service: 'shop', url, healthUrl: `http://127.0.0.1:${health.port}` },
      { board: 'main', service: 'mailer', role: 'mailer', url: 'https://mailer.example.com' },
    ],
    validationMs: 200,
    auditDirectory: join(directory, 'audit'),
  }
  open = async (options) => own.use(await openRotator({ ...family, ...options }), 'a rotator')
  rotator = await open()
  own.use(postReports(mailer, { database: poolAt(login.href), everyMs: 500 }), 'reports of mailer')
}, 180_000)
afterAll(() => own.dispose())

const kindOf = ({ kinds }: Rotator) => {
  const kind = kinds.get(TITLE)
  if (kind === undefined) throw new TypeError('no key')
  return kind
}

it('a key is rotated whose sender no rotator can reach, and no call is refused', async () => {
  const before = await rotator.store.read(KEY)
  const done = new AbortController()
  const statuses = (async () => {
    const seen: number[] = []
    while (!done.signal.aborted) {
      seen.push(await call())
      await systemClock.sleep(20)
    }
    return seen
  })()
  await rotate(kindOf(rotator), rotator)
  done.abort()
  expect(new Set(await statuses)).toEqual(new Set([200]))
  const { current, previous } = await rotator.store.read(KEY)
  expect(current.version).not.toBe(before.current.version)
  expect(previous).toBeUndefined()
  expect(await rotator.fleet.replicas('mailer')).toHaveLength(1)
}, 180_000)

it('R46 a process that fell silent on the board stops a rotation, which names it and goes on without it', async () => {
  await admin.query(`
    alter table rekey.report disable trigger stamp;
    insert into rekey.report (service, replica, report, at)
    values ('mailer', 'frozen:1', '{}', clock_timestamp() - interval '1 minute');
    alter table rekey.report enable trigger stamp`)
  const before = await rotator.store.read(KEY)
  const hasty = await open({ deadlineMs: 3_000 })
  const failure = await rotate(kindOf(hasty), hasty).then(
    () => undefined,
    (error: unknown) => error as RotationError,
  )
  const silent = 'board://mailer~frozen%3A1'
  expect(failure).toMatchObject({ code: 'stuck', step: 'confirm', details: { absent: silent } })
  expect((await rotator.store.read(KEY)).previous?.version).toBe(before.current.version)
  expect(await call()).toBe(200)
  const without = await open({ without: [silent] })
  await rotate(kindOf(without), without)
  expect((await rotator.store.read(KEY)).previous).toBeUndefined()
  expect(await call()).toBe(200)
}, 180_000)
