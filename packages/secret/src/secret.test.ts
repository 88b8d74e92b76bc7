import { randomBytes } from 'node:crypto'
import { format, inspect } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { expect, it, vi } from 'vitest'
import { Secret } from './index.ts'

const canary = `canary-${randomBytes(16).toString('hex')}`
const secret = Secret.of(canary, 'CANARY')
const spread = (value: object) => ({ ...value })
const holder = { nested: [secret], byName: new Map([['key', secret]]) }

const channels: Record<string, () => unknown> = {
  inspect: () => inspect(holder, { depth: 9 }),
  'inspect with showHidden': () => inspect(secret, { showHidden: true, depth: 9, getters: true }),
  'inspect without customInspect': () =>
    inspect(secret, { customInspect: false, showHidden: true }),
  JSON: () => JSON.stringify(holder),
  'template literal': () => `${secret.toString()} ${String(secret)}`,
  spread: () => JSON.stringify(spread(secret)),
  entries: () => JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret)]),
  structuredClone: () => inspect(structuredClone(secret), { showHidden: true }),
  'v8.serialize': () => serialize({ ...holder, nested: [spread(secret)] }).toString('latin1'),
  'v8 round trip': () => inspect(deserialize(serialize(spread(secret)))),
  'Error.cause': () => inspect(new Error('failed', { cause: secret }), { depth: 9 }),
  '%s': () => format('%s', secret),
  '%o': () => format('%o', secret),
  '%O': () => format('%O', holder),
  '%j': () => format('%j', holder),
  URLSearchParams: () => new URLSearchParams({ key: String(secret) }).toString(),
  'a derived secret': () => inspect(secret.map((value) => ({ value }))),
}

it.each(Object.entries(channels))('does not show itself through %s', (_name, print) => {
  expect(String(print())).not.toContain(canary)
})

it('does not show itself on the console', () => {
  const written: string[] = []
  const spy = vi.spyOn(console, 'log').mockImplementation((...args) => {
    written.push(format(...(args as [unknown])))
  })
  console.log('%o', secret, holder)
  spy.mockRestore()
  expect(written.join()).toContain('[secret CANARY]')
  expect(written.join()).not.toContain(canary)
})

it('gives its value only to expose, and maps it under the same label', () => {
  expect(secret.expose()).toBe(canary)
  expect(secret.map((value) => value.length).expose()).toBe(canary.length)
  expect(String(secret.map(() => 'other'))).toBe('[secret CANARY]')
})

it('fails instead of handing its placeholder to code that wants bytes', () => {
  expect(() => Buffer.from(secret as unknown as string)).toThrow(TypeError)
})

it('wipes its bytes when disposed, and says so when asked again', () => {
  const bytes = randomBytes(32)
  const held = Secret.of(bytes, 'BYTES')
  held[Symbol.dispose]()
  expect(bytes.every((byte) => byte === 0)).toBe(true)
  expect(() => held.expose()).toThrow(
    expect.objectContaining({ code: 'disposed', message: 'BYTES was disposed' }),
  )
})

it('drops a text when disposed, which cannot be overwritten, and stands for itself in JSON', () => {
  const held = Secret.of('a text', 'TEXT')
  expect(JSON.stringify({ held })).toBe('{"held":"[secret TEXT]"}')
  held[Symbol.dispose]()
  expect(() => held.expose()).toThrow('TEXT was disposed')
})
