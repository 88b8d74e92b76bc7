import type { AuditEvent } from '@rekey/audit-log/internal'
import type { RotationKind } from '@rekey/secret/kind'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dieAt, expectOneVersion, NAME, setUp } from '../../test/engine/far-side.support.ts'
import {
  createMemoryJournal,
  openPostgresJournal,
  planRotation,
  rollBack,
  rotate,
  type RotationJournal,
  sweepOrphans,
} from '../engine/index.ts'
import { openStoreJournal, type RotationOptions } from '../engine/internal.ts'

const LEASE_MS = 20_000
const DATABASES = ['one', 'two'] as const

let server: Awaited<ReturnType<typeof openPostgres>>
const pools = new Map<string, pg.Pool>()
beforeAll(async () => {
  server = await openPostgres()
  const admin = new pg.Pool({ connectionString: server.adminUrl.expose() })
  pools.set('admin', admin)
  for (const name of DATABASES) {
    await admin.query(`create database ${name}`)
    const url = new URL(server.adminUrl.expose())
    url.pathname = `/${name}`
    pools.set(name, new pg.Pool({ connectionString: url.href }))
  }
  // pg.Pool's end() does not wait for its connections, so the server may still cut them.
  for (const pool of pools.values()) pool.on('error', () => undefined)
})
afterAll(async () => {
  await Promise.all(Array.from(pools.values(), (pool) => pool.end()))
  await server.close()
})

function journalIn(database: (typeof DATABASES)[number]): Promise<RotationJournal> {
  const pool = pools.get(database)
  if (pool === undefined) throw new Error('the databases are made before each suite')
  return openPostgresJournal(pool)
}

type Options = Awaited<ReturnType<typeof setUp>>['options']
type Open = (options: Options) => Promise<RotationJournal>

const inStore: Open = ({ store }) => openStoreJournal(store, { secrets: [NAME] })

const WORK: readonly ((kind: RotationKind, options: RotationOptions) => Promise<unknown>)[] = [
  rotate,
  (kind, options) => rotate(kind, { ...options, compromised: true }),
  rollBack,
  sweepOrphans,
  planRotation,
]

describe.each<[string, Open, Open]>([
  ['in two databases', () => journalIn('one'), () => journalIn('two')],
  ['in a database and in the store', () => journalIn('one'), inStore],
])('of two rotators with journals %s', (_, openFirst, openSecond) => {
  const open = async () => {
    const fixture = await setUp()
    const { options } = fixture
    const with_ = (journal: RotationJournal) => ({ ...options, journal, leaseMs: LEASE_MS })
    const [first, second] = [await openFirst(options), await openSecond(options)]
    return { ...fixture, first: with_(first), second: with_(second) }
  }

  it.each(['admit begin', 'promote begin', 'revoke begin'])(
    'R34 the second is refused where the first died at the %s, and the first comes to its end',
    async (point) => {
      const { store, farSide, first, second } = await open()
      const { kind } = farSide
      await expect(rotate(kind, { ...first, onEvent: dieAt(point) })).rejects.toThrow('killed')
      const before = { accepted: [...farSide.accepted], calls: [...farSide.calls] }
      const { revision } = await store.read(NAME)
      const { name } = first.journal
      for (const work of WORK) {
        await expect(work(kind, second)).rejects.toMatchObject({
          code: 'other-journal',
          secret: NAME,
          message: expect.stringContaining(`--from-journal ${name}`) as string,
          details: { journal: second.journal.name, named: name },
        })
      }
      expect({ accepted: [...farSide.accepted], calls: farSide.calls }).toEqual(before)
      expect((await store.read(NAME)).revision).toBe(revision)
      await rotate(kind, first)
      await expectOneVersion(store, farSide)
    },
  )

  it('R34 one rotates a secret that names no journal yet, whichever comes first, and the other is refused from then on', async () => {
    const { store, farSide, first, second } = await open()
    const both = [first, second]
    const ends = await Promise.allSettled(both.map((options) => rotate(farSide.kind, options)))
    const winners = both.filter((__, i) => ends[i]?.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    const version = await expectOneVersion(store, farSide)
    const { current } = await store.read(NAME)
    expect(current.journal).toBe(winners[0]?.journal.name)
    const loser = both.find((options) => options !== winners[0])
    await expect(rotate(farSide.kind, loser ?? first)).rejects.toMatchObject({
      code: 'other-journal',
    })
    expect(await expectOneVersion(store, farSide)).toBe(version)
  })

  it('R34 a secret leaves the journal that an operator names, which the audit log records, and is refused to that one from then on', async () => {
    const { store, farSide, first, second } = await open()
    const { kind } = farSide
    const recorded: AuditEvent[] = []
    const audit = {
      record: (event: AuditEvent) => {
        recorded.push(event)
        return Promise.resolve()
      },
    }
    await rotate(kind, first)
    const wrong = rotate(kind, { ...second, fromJournal: 'another' })
    await expect(wrong).rejects.toMatchObject({ code: 'other-journal' })
    const fromJournal = first.journal.name
    await planRotation(kind, { ...second, fromJournal })
    await rotate(kind, { ...second, audit, fromJournal })
    await expectOneVersion(store, farSide)
    const left = recorded.find(({ action }) => action === 'rotation.from-journal')
    expect(left).toMatchObject({
      ...{ subject: NAME, outcome: 'succeeded' },
      details: { left: fromJournal, journal: second.journal.name },
    })
    await expect(rotate(kind, first)).rejects.toMatchObject({ code: 'other-journal' })
    await rotate(kind, second)
    await expectOneVersion(store, farSide)
  })
})

it('R34 a rotation that an older release has begun, which names no journal, is gone on with', async () => {
  const { store, farSide, options } = await setUp()
  const unnamed: typeof store = {
    ...store,
    stage: (name, value, expected) => store.stage(name, value, expected),
  }
  const dying = { ...options, store: unnamed, onEvent: dieAt('confirm begin') }
  await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
  await rotate(farSide.kind, { ...options, journal: await journalIn('one'), leaseMs: LEASE_MS })
  await expectOneVersion(store, farSide)
})

it('R34 a secret that names no journal is free, also for a rotator that takes others over from one', async () => {
  const { farSide, store, options } = await setUp()
  await rotate(farSide.kind, { ...options, fromJournal: 'another' })
  await expectOneVersion(store, farSide)
})

it('a journal keeps its name, and each database has another', async () => {
  const [one, again, two] = [await journalIn('one'), await journalIn('one'), await journalIn('two')]
  expect(one.name).toMatch(/^postgres-[0-9a-f]{16}$/)
  expect(again.name).toBe(one.name)
  expect(two.name).not.toBe(one.name)
  expect(createMemoryJournal().name).not.toBe(one.name)
})
