import type { AuditEvent } from '@rekey/audit-log/internal'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import { createFakeClock, SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { takeOrders } from './console-orders.ts'
import { setUp } from '../../test/commands/due-family.support.ts'
import { runProgram } from '../../test/commands/run-program.support.ts'

const ALICE = {
  issuer: 'https://login.example',
  subject: 'alice',
  name: 'a',
  role: 'operator',
} as const
const PERSON = 'oidc:https://login.example#alice'
const { signal } = new AbortController()

const clock = createFakeClock()

function open(admit?: () => Promise<void>) {
  const { run, store } = setUp(['A'], admit)
  const events: AuditEvent[] = []
  const audit = { record: (event: AuditEvent) => Promise.resolve(void events.push(event)) }
  const rotator = { ...run.rotator, audit } as unknown as Rotator
  return { taker: takeOrders(rotator, signal, clock), store, events }
}

it('rotates a secret as the command line does, with the person in each entry of the audit log', async () => {
  const { taker, store, events } = open()
  const before = (await store.read('A')).current.version
  const version = await taker.rotate({ title: 'text A', compromised: false }, ALICE)
  expect(version).not.toBe(before)
  expect((await store.read('A')).current.version).toBe(version)
  const [first] = events
  expect(first).toMatchObject({ action: 'command.console rotate', subject: 'A', person: PERSON })
  expect(events.map(({ action }) => action)).toContain('rotation.revoke')
  expect(new Set(events.map(({ person }) => person))).toEqual(new Set([PERSON]))
})

it('lets a rotation go on that is held, with the version and the person in the audit log', async () => {
  const { run, store } = setUp(['A'])
  const events: AuditEvent[] = []
  const audit = { record: (event: AuditEvent) => Promise.resolve(void events.push(event)) }
  const family = { environment: 'test', services: [], policy: { holds: { text: 'after-promote' } } }
  const taker = takeOrders({ ...run.rotator, audit, family } as unknown as Rotator, signal, clock)
  const order = { title: 'text A', compromised: false }
  await expect(taker.rotate(order, ALICE)).rejects.toMatchObject({ code: 'held' })
  const go = (await store.read('A')).current.version
  expect(await taker.rotate({ ...order, go }, ALICE)).toBe(go)
  expect((await store.read('A')).previous).toBeUndefined()
  const orders = events.filter(({ action }) => action === 'command.console rotate')
  expect(orders).toMatchObject([{ person: PERSON }, { person: PERSON, details: { go } }])
})

it('records that a secret has leaked, and a rotation that fails', async () => {
  const { taker, events } = open(() => Promise.reject(new SecretError('refused', 'no')))
  const order = { title: 'text A', compromised: true }
  await expect(taker.rotate(order, ALICE)).rejects.toMatchObject({ code: 'stopped' })
  const commands = events.filter(({ action }) => action === 'command.console rotate')
  expect(commands).toMatchObject([
    { outcome: 'succeeded', details: { compromised: true, phase: 'begin' } },
    { outcome: 'refused', details: { compromised: true } },
  ])
})

it('records an order of a person without the role', async () => {
  const { taker, events } = open()
  await taker.refused({ title: 'text A', compromised: false }, ALICE)
  expect(events).toMatchObject([
    { action: 'command.console rotate', subject: 'A', outcome: 'refused', person: PERSON },
  ])
})

it('a person without the role cannot fill the audit log: ten orders a minute are entries, and the next one has the number of the rest', async () => {
  const { taker, events } = open()
  const order = { title: 'text A', compromised: false }
  for (let n = 0; n < 200; n += 1) await taker.refused(order, ALICE)
  expect(events).toHaveLength(10)
  await taker.refused(order, { ...ALICE, subject: 'bob' })
  expect(events).toHaveLength(11)
  expect(events[10]?.details).not.toHaveProperty('unrecorded')
  await clock.advance(60_000)
  await taker.refused(order, ALICE)
  expect(events[11]).toMatchObject({ person: PERSON, details: { unrecorded: 190 } })
})

it('refuses a secret that the family does not have', async () => {
  const order = { title: 'text Z', compromised: false }
  await expect(open().taker.rotate(order, ALICE)).rejects.toMatchObject({ code: 'missing' })
})

it('a console that takes orders takes a login', async () => {
  const { code, output } = await runProgram(['console', '--allow-rotate'], { cwd: '/' })
  expect(code).toBe(2)
  expect(output).toContain('--allow-rotate takes --login')
})
