// @lane servers
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditPlace, auditTablesSql } from '@rekey/audit-log/internal'
import { createSignedLog, verifySignedLog } from '@rekey/audit-log'
import { rotate } from '../../engine/rotate.ts'
import { Secret } from '@rekey/secret'
import { openDotenvStore } from '@rekey/config-loader/store'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Deployment } from '../deployment.ts'
import { defineFamily } from '../family.ts'
import { leastRights } from '../least-rights.ts'
import { openAuditPlace } from './open-audit-place.ts'
import { openRotator } from './open-rotator.ts'

let server: Postgres
let owner: pg.Pool
beforeAll(async () => {
  server = await openPostgres()
  owner = new pg.Pool({ connectionString: server.adminUrl.expose() })
  owner.on('error', () => undefined)
}, 120_000)
afterAll(async () => {
  await owner.end()
  await server.close()
})

/** A family with its audit log at its own server, laid out by the SQL that its rights print, and a first login as docs/guide/audit.md makes it. */
async function openFamily() {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-audit-login-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, '.env')
  const at = 'http://127.0.0.1:9'
  const family = {
    ...defineFamily({
      services: ['shop'],
      auditDatabase: 'DATABASE_AUDIT',
      auditLogins: {
        rotator: { name: 'DATABASE_AUDIT', database: 'postgres', ownerRole: 'audit_rotator' },
      },
    }),
    store: { locator: `dotenv:${path}`, variables: {} },
    fleet: [{ service: 'shop', url: at, healthUrl: at }],
    validationMs: 0,
  } satisfies Deployment
  const password = () => randomBytes(24).toString('hex')
  const [own, writer] = [password(), password()]
  await owner.query(`create role audit_writer; ${auditTablesSql('audit_writer')}
    create role audit_rotator in role audit_writer`)
  const [rights] = await leastRights(family, 'postgres:main')
  const statements = rights?.text.split(/;\n?/).filter((one) => !one.includes('reserved')) ?? []
  for (const statement of statements) await owner.query(statement)
  await owner.query(`alter role rekey password '${own}'; set role rekey;
    create role audit_rotator_g1 login password '${writer}' in role audit_rotator;
    alter role audit_rotator_g1 set role = 'audit_rotator'; reset role`)
  const store = await openDotenvStore({ path })
  const put = async (name: string, user: string, password: string, database: string) => {
    const url = Object.assign(new URL(server.adminUrl.expose()), { username: user, password })
    url.pathname = `/${database}`
    await store.create(name, Secret.of(url.href, name))
  }
  await put('DATABASE_ROTATOR', 'rekey', own, 'rekey')
  await put('DATABASE_AUDIT', 'audit_rotator_g1', writer, 'postgres')
  return { family, store, directory }
}

/** Records events one after the other until it is stopped. */
function keepRecording(place: AuditPlace, actor: string) {
  const log = createSignedLog(place)
  const done = new AbortController()
  let recorded = 0
  const work = (async () => {
    while (!done.signal.aborted) {
      await log.record({ actor, action: 'read', subject: 'KEY', outcome: 'succeeded' })
      recorded += 1
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await log.close()
  })()
  return async () => {
    done.abort()
    await work
    return recorded
  }
}

it('rotates the login of the audit log while processes write to it, and each entry is there', async () => {
  const { family, store, directory } = await openFamily()
  await using rotator = await openRotator(family)
  await using other = await openAuditPlace(family)
  const file = join(directory, 'login')
  const provide = async () => {
    await writeFile(file, (await store.read('DATABASE_AUDIT')).current.value.expose())
  }
  await provide()
  await using service = await openAuditPlace(family, { DATABASE_AUDIT_FILE: file })
  const stops = [keepRecording(other.place, 'other'), keepRecording(service.place, 'service')]
  const kind = rotator.kinds.get('database audit:rotator')
  if (kind === undefined) throw new Error('no login of the audit log')
  const result = await rotate(kind, {
    ...{ store: rotator.store, journal: rotator.journal, audit: rotator.audit },
    onEvent: ({ step, phase }) => (step === 'promote' && phase === 'end' ? provide() : undefined),
  })
  const recorded = await Promise.all(stops.map((stop) => stop()))
  expect(result).not.toHaveProperty('unproven')
  const actors: string[] = []
  const verdict = await verifySignedLog({
    database: owner,
    onEntry: ({ actor }) => actors.push(actor),
  })
  expect(verdict).toMatchObject({ ok: true })
  const counted = ['other', 'service'].map((name) => actors.filter((one) => one === name).length)
  expect(counted).toEqual(recorded)
  expect(Math.min(...recorded)).toBeGreaterThan(1)
  const { rows } = await owner.query<{ rolname: string }>(
    `select rolname from pg_roles where starts_with(rolname, 'audit_rotator_g')`,
  )
  expect(rows).toEqual([{ rolname: 'audit_rotator_g2' }])
}, 120_000)
