import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createMemoryStore } from '@rekey/config-loader/store'
import { rollBack, type RotationError } from '@rekey/rekey/engine'
import { systemClock } from '@rekey/secret'
import { isExhaustive } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'
import { FIELD, openReplica, openShop, type Replica } from '../../test/signing-shop.support.ts'
import { fieldKey } from '../spec/field-key.ts'
import { followFieldKey } from './follow-field-key.ts'

/** The table of an application: texts by the id of the row. */
type Table = Map<string, string>

type Fields = ReturnType<typeof followFieldKey>

interface Pace {
  /** How many rows it encrypts anew at a time. */
  batch: number
  readonly pauseMs?: number
}

/** A replica that encrypts the rows of a table anew, some at a time. */
function follow(
  { cards }: Replica,
  table: Table = new Map(),
  pace: Pace = { batch: Infinity },
): Fields {
  const rowsOf = (prefix: string) => [...table].filter(([, text]) => text.startsWith(prefix))
  const fields = followFieldKey(cards, {
    pauseMs: pace.pauseMs ?? 5,
    reencrypt(prefix) {
      for (const [id, text] of rowsOf(prefix).slice(0, pace.batch)) {
        table.set(id, fields.reencrypt(text, 'cards', id))
      }
      return Promise.resolve(rowsOf(prefix).length)
    },
  })
  onTestFinished(fields.close)
  return fields
}

function fill(table: Table, fields: Fields, count: number): void {
  for (let row = 0; row < count; row += 1) {
    const id = String(row)
    table.set(id, fields.encrypt(`card ${id}`, 'cards', id))
  }
}

const unreadable = (table: Table, fields: Fields) =>
  [...table].filter(([id, text]) => fields.decrypt(text, 'cards', id) !== `card ${id}`).length

const ROTATIONS = isExhaustive ? 50 : 5
const LIMIT_MS = ROTATIONS * 20_000

it(
  `through ${ROTATIONS} rotations each replica reads each row at each step, and afterwards no row has the old key`,
  async () => {
    const { replicas, fieldKind, run } = await openShop()
    const table: Table = new Map()
    const fields = replicas.map((replica) => follow(replica, table, { batch: 50 }))
    const [one, other] = fields as [Fields, Fields]
    fill(table, one, 200)
    const looks = { made: 0, unreadable: 0, left: 0 }
    for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
      const { prefix } = one
      await run(fieldKind({ validationMs: 20 }), {
        onEvent() {
          looks.made += 1
          for (const each of fields) {
            const id = String(looks.made % 250)
            table.set(id, each.encrypt(`card ${id}`, 'cards', id))
          }
          for (const each of fields) looks.unreadable += unreadable(table, each)
          return Promise.resolve()
        },
      })
      looks.left += [...table.values()].filter((text) => text.startsWith(prefix)).length
    }
    expect(looks).toMatchObject({ unreadable: 0, left: 0 })
    expect(looks.made).toBeGreaterThan(10 * ROTATIONS)
    expect(other.prefix).toBe(one.prefix)
  },
  LIMIT_MS,
)

it('shows how many rows are left, and keeps the old key for as long as there is one', async () => {
  const { store, replicas, fieldKind, run } = await openShop({ replicas: 1 })
  const table: Table = new Map()
  const [fields] = replicas.map((replica) => follow(replica, table, { batch: 1 })) as [Fields]
  fill(table, fields, 20)
  const left: number[] = []
  await run(fieldKind(), {
    async onEvent({ step, message = '' }) {
      const [, rows] = /^(\d+) rows are left under the old key$/.exec(message) ?? []
      if (rows !== undefined) left.push(Number(rows))
      if (step === 'confirm') expect((await store.read(FIELD)).previous).toBeDefined()
    },
  })
  expect(left.length).toBeGreaterThan(5)
  expect(left).toEqual(left.toSorted((a, b) => b - a))
  expect((await store.read(FIELD)).previous).toBeUndefined()
})

it.each([
  // Counted often, written late in the silence.
  { pauseMs: 5, validationMs: 300, afterMs: 150 },
  // Counted seldom: the count from before the silence does not show it.
  { pauseMs: 500, validationMs: 100, afterMs: 30 },
])(
  'a row that an open transaction writes after the first counts is found before the old key ends: counted each $pauseMs ms',
  async ({ pauseMs, validationMs, afterMs }) => {
    const { replicas, fieldKind, run } = await openShop({ replicas: 1 })
    const table: Table = new Map()
    const pace = { batch: Infinity, pauseMs }
    const [fields] = replicas.map((replica) => follow(replica, table, pace)) as [Fields]
    const late = fields.encrypt('card late', 'cards', 'late')
    let isWaiting = false
    await run(fieldKind({ validationMs }), {
      onEvent({ message = '' }) {
        if (!message.startsWith('old key silent')) return
        if (!isWaiting) void delay(afterMs).then(() => table.set('late', late))
        isWaiting = true
      },
    })
    expect([isWaiting, table.size]).toEqual([true, 1])
    expect(unreadable(table, fields)).toBe(0)
  },
)

it('without a replica that counts, the old key is kept', async () => {
  const { store, replicas, fieldKind, run } = await openShop({ replicas: 1 })
  const [replica] = replicas as [Replica]
  onTestFinished(followFieldKey(replica.cards).close)
  const failure = run(fieldKind({ deadlineMs: 200 }))
  await expect(failure).rejects.toThrow('no replica counts the data')
  await expect(failure).rejects.toMatchObject({ code: 'stopped', step: 'confirm' })
  expect((await store.read(FIELD)).previous).toBeDefined()
})

it.each([
  ['fails', () => Promise.reject(new Error('password=hunter2'))],
  ['returns null', () => Promise.resolve(null as unknown as number)],
  [
    'returns text, as PostgreSQL does for a bigint',
    () => Promise.resolve('0' as unknown as number),
  ],
  ['returns a negative number', () => Promise.resolve(-1)],
])(
  'a count that %s is none: the old key is kept, beside a replica that finds nothing',
  async (_, reencrypt) => {
    const { store, replicas, fieldKind, run } = await openShop()
    const [one, other] = replicas as [Replica, Replica]
    follow(one)
    onTestFinished(followFieldKey(other.cards, { reencrypt, pauseMs: 5 }).close)
    const failure = run(fieldKind({ deadlineMs: 200 }))
    await expect(failure).rejects.toThrow(`127.0.0.1:${other.port} has no count`)
    await expect(failure).rejects.not.toThrow('hunter2')
    expect((await store.read(FIELD)).previous).toBeDefined()
  },
)

it('a leaked key ends once no data is left under it, and not before', async () => {
  const { store, replicas, fieldKind, run } = await openShop()
  const table: Table = new Map()
  const [one, two] = replicas as [Replica, Replica]
  const other = follow(two, table, { batch: 0 })
  fill(table, other, 20)
  const held = followFieldKey(one.cards)
  const over = new AbortController()
  const stopped = run(fieldKind(), {
    compromised: true,
    signal: over.signal,
    onEvent: ({ message }) => {
      if (message === '20 rows are left under the old key') over.abort()
      return Promise.resolve()
    },
  })
  await expect(stopped).rejects.toThrow()
  expect((await store.read(FIELD)).previous).toBeDefined()
  held.close()
  const fields = follow(one, table, { batch: 5 })
  await run(fieldKind(), { compromised: true })
  expect((await store.read(FIELD)).previous).toBeUndefined()
  expect([unreadable(table, fields), unreadable(table, other)]).toEqual([0, 0])
})

it.each([
  ['', 'confirm', false],
  [' of a leaked key', 'revoke', true],
])(
  'data%s that takes more than a minute ends the run at %s, with how much is left, and a later run goes on',
  async (_, step, compromised) => {
    const ahead = { ms: 0 }
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + ahead.ms,
      elapsed: () => systemClock.elapsed() + ahead.ms,
    }
    const { store, replicas, fieldKind, run } = await openShop({ replicas: 1, clock })
    const [table, pace] = [new Map<string, string>(), { batch: 0 }]
    const [fields] = replicas.map((replica) => follow(replica, table, pace)) as [Fields]
    fill(table, fields, 20)
    const stopped = run(fieldKind(), {
      compromised,
      onEvent({ message }) {
        if (message === '20 rows are left under the old key') ahead.ms = 61_000
      },
    })
    await expect(stopped).rejects.toMatchObject({ code: 'postponed', step })
    await expect(stopped).rejects.toThrow('20 rows are left under the old key')
    expect((await store.read(FIELD)).previous).toBeDefined()
    pace.batch = 5
    await run(fieldKind(), { compromised })
    expect((await store.read(FIELD)).previous).toBeUndefined()
    expect(unreadable(table, fields)).toBe(0)
  },
)

it('a replica that does not answer keeps the old key; in an emergency it is left behind, where another one counts', async () => {
  const { store, replicas, fieldKind, run } = await openShop()
  const table: Table = new Map()
  const [fields] = replicas.map((replica) => follow(replica, table)) as [Fields]
  fill(table, fields, 20)
  let isClosed = false
  const stuck = run(fieldKind({ deadlineMs: 500 }), {
    async onEvent({ step, message = '' }) {
      if (step !== 'confirm' || !message.includes('under the old key') || isClosed) return
      isClosed = true
      await replicas[1]?.close()
    },
  })
  await expect(stuck).rejects.toMatchObject({ code: 'stuck', step: 'confirm' })
  expect((await store.read(FIELD)).previous).toBeDefined()
  await run(fieldKind({ deadlineMs: 500 }), { compromised: true })
  expect((await store.read(FIELD)).previous).toBeUndefined()
  expect(unreadable(table, fields)).toBe(0)
})

it('rolled back after the switch: what the new key encrypted is encrypted anew by the old one before the new one ends', async () => {
  const { store, replicas, fieldKind, run, journal, first } = await openShop()
  const table: Table = new Map()
  const fields = replicas.map((replica) => follow(replica, table, { batch: 10 }))
  const [one] = fields as [Fields]
  fill(table, one, 100)
  const { prefix } = one
  const over = new AbortController()
  const stopped = run(fieldKind({ validationMs: 60_000 }), {
    signal: over.signal,
    onEvent: ({ message = '' }) => {
      if (message.startsWith('old key silent')) over.abort()
      return Promise.resolve()
    },
  })
  await expect(stopped).rejects.toThrow()
  expect([...table.values()].filter((text) => text.startsWith(prefix))).toEqual([])
  await rollBack(fieldKind(), { store, journal })
  expect((await store.read(FIELD)).current.value.expose()).toBe(first[FIELD])
  await expect.poll(() => one.prefix).toBe(prefix)
  for (const each of fields) expect(unreadable(table, each)).toBe(0)
})

it('leaked while it is rolled back: the new key is kept for as long as there is data under it', async () => {
  const { store, replicas, fieldKind, run, journal } = await openShop({ replicas: 1 })
  const [table, pace] = [new Map<string, string>(), { batch: 0 }]
  const [fields] = replicas.map((replica) => follow(replica, table, pace)) as [Fields]
  const until = (words: string) => {
    const over = new AbortController()
    const onEvent = ({ message }: { message?: string }) => {
      if (message?.includes(words)) over.abort()
    }
    return { signal: over.signal, onEvent }
  }
  await expect(run(fieldKind({ validationMs: 60_000 }), until('silent'))).rejects.toThrow()
  fill(table, fields, 20)
  const back = rollBack(fieldKind(), { store, journal, ...until('20 rows are left') })
  await expect(back).rejects.toThrow()
  const leaked = run(fieldKind(), { compromised: true, ...until('20 rows are left') })
  await expect(leaked).rejects.toThrow()
  expect((await store.read(FIELD)).pending).toBeDefined()
  pace.batch = 5
  await run(fieldKind(), { compromised: true })
  await expect.poll(() => unreadable(table, fields)).toBe(0)
})

it('a replica that encrypts with the old key still, from an old store, keeps it', async () => {
  const { store, replicas, fleet, fieldKind, run, first } = await openShop({ replicas: 1 })
  const table: Table = new Map()
  replicas.map((replica) => follow(replica, table))
  const behind = await openReplica(createMemoryStore(first))
  follow(behind, table)
  const healthUrl = `http://127.0.0.1:${behind.port}`
  const join = () => fleet.push({ service: 'shop', url: healthUrl, healthUrl })
  let hasJoined = false
  const failure: Promise<unknown> = run(fieldKind({ deadlineMs: 300 }), {
    onEvent({ message = '' }) {
      if (message.startsWith('old key silent') && !hasJoined) join()
      hasJoined ||= message.startsWith('old key silent')
      return Promise.resolve()
    },
  })
  const error = await failure.catch((cause: unknown) => cause as RotationError)
  expect(error).toMatchObject({ code: 'stopped', step: 'confirm' })
  expect((await store.read(FIELD)).previous).toBeDefined()
})

it('a text is bound to its place and its key, and what was cut or changed is refused without its content', async () => {
  const { replicas } = await openShop({ replicas: 1 })
  const [fields] = replicas.map((replica) => follow(replica)) as [Fields]
  const sealed = fields.encrypt('4111 1111', 'cards', 'number', '7')
  expect(sealed).toMatch(/^rk1\.[0-9a-f]{16}\.[\w-]{16}\.[\w-]{12}\.[\w-]{22}$/)
  expect(sealed.startsWith(fields.prefix)).toBe(true)
  expect(fields.decrypt(sealed, 'cards', 'number', '7')).toBe('4111 1111')
  expect(fields.encrypt('4111 1111', 'cards', 'number', '7')).not.toBe(sealed)
  const refused = (code: string, text: string, ...more: string[]) => {
    const place = ['cards', ...(more.length > 0 ? more : ['number', '7'])] as const
    for (const read of [fields.decrypt, fields.reencrypt]) {
      // One of the key in use is not read to be encrypted anew.
      if (read === fields.reencrypt && text.startsWith(fields.prefix)) continue
      expect(() => read(text, ...place)).toThrow(expect.objectContaining({ code }))
      expect(() => read(text, ...place)).not.toThrow(/4111/)
    }
  }
  refused('rejected', sealed, 'number', '8')
  refused('rejected', sealed, 'number7')
  refused('rejected', sealed, 'number","7')
  const parts = sealed.split('.') as [string, string, string, string, string]
  const changed = (at: number, part: string) => parts.with(at, part).join('.')
  for (let end = 0; end < sealed.length; end += 1) refused('malformed', sealed.slice(0, end))
  refused('malformed', '4111 1111')
  refused('malformed', `${sealed}\n`)
  refused('malformed', changed(0, 'rk2'))
  refused('missing', changed(1, randomBytes(8).toString('hex')))
  refused('rejected', changed(2, randomBytes(12).toString('base64url')))
  refused('rejected', changed(3, randomBytes(9).toString('base64url')))
  refused('rejected', changed(3, ''))
  refused('rejected', changed(4, randomBytes(16).toString('base64url')))
  for (const text of ['', 'Zoë 🗝', 'x'.repeat(100_000)]) {
    expect(fields.decrypt(fields.encrypt(text, 'notes', '1'), 'notes', '1')).toBe(text)
  }
  expect(() => fields.encrypt('\ud83d', 'notes', '1')).toThrow('no Unicode')
})

it('a key that has ended is named by its public id', async () => {
  const { replicas, fieldKind, run } = await openShop({ replicas: 1 })
  const [fields] = replicas.map((replica) => follow(replica)) as [Fields]
  const { prefix } = fields
  const backup = fields.encrypt('card', 'cards', '1')
  await run(fieldKind({ validationMs: 0 }))
  const [, kid = ''] = prefix.split('.')
  expect(() => fields.decrypt(backup, 'cards', '1')).toThrow(`no live key has the id ${kid}`)
})

const spec = fieldKey('cards')
const bytes = (count: number) => randomBytes(count).toString('base64url')

it.each([
  ['31 bytes', bytes(31)],
  ['33 bytes', bytes(33)],
  ['hex', randomBytes(32).toString('hex')],
  ['a line break', `${bytes(32)}\n`],
  ['bits behind its end', `${bytes(32).slice(0, -1)}B`],
])('a key of %s is refused, and its text not shown', (_, text) => {
  expect(() => spec.parse(text)).toThrow(/32 bytes in base64url.*rekey issue field-key/)
  expect(() => spec.parse(text)).not.toThrow(text.slice(0, 20))
})

it('two keys have two ids, and one key has the same one in each process', () => {
  const [one, other] = [bytes(32), bytes(32)]
  expect(spec.parse(one).id).toBe(spec.parse(one).id)
  expect(spec.parse(one).id).not.toBe(spec.parse(other).id)
  expect(spec.parse(`dev-${one}`)).toMatchObject({ nonProduction: true })
})

it('reads a text that another implementation of the format encrypted', async () => {
  const zeros = `dev-${'A'.repeat(43)}`
  const { replicas } = await openShop({ replicas: 1, held: { [FIELD]: zeros } })
  const [fields] = replicas.map((replica) => follow(replica)) as [Fields]
  // By HKDF and AESGCM of the package cryptography of Python.
  const sealed = 'rk1.f0d7a442cb06d27b.AAECAwQFBgcICQoL.Zc_8Mg.qUjI7VCb-0zQeUMxDNrOxA'
  expect(fields.decrypt(sealed, 'cards', 'number', '7')).toBe('Zoë')
})
