import { crc32 } from 'node:zlib'
import { apiKeyFrom, apiKeyMarkers, issueApiKey, type ApiKeyVerifier } from '@rekey/api-key-auth'
import { createRedactor, type LeakEvent } from '@rekey/log-redactor'
import { createLiveSecret, type SettableSecret, type Stage } from '@rekey/secret/internal'
import { Secret, type StagedSecret } from '@rekey/secret'
import { expect, it } from 'vitest'

const NAME = 'API_KEY_FRONTEND_SIGNING'

const newKey = () => issueApiKey({ environment: 'test' }).text.expose()
const idIn = (key: string) => key.split('_')[2] ?? ''
const versionOf = (key: string) => `v${idIn(key)}`

/** The id of a key with another secret, and a right checksum. */
function forgedFrom(key: string): string {
  const body = ['rk_test', idIn(key), newKey().split('_')[3]].join('_')
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let left = crc32(body)
  let checksum = ''
  for (let i = 0; i < 6; i += 1, left = Math.floor(left / 62))
    checksum = `${digits.charAt(left % 62)}${checksum}`
  return `${body}_${checksum}`
}

/** What a receiver holds of these keys, by their stages. */
function verifiersOf(
  keys: Partial<Record<Stage, string>> & { current: string },
): StagedSecret<ApiKeyVerifier> {
  const version = (stage: Stage, key: string) => {
    const { value, id = '' } = apiKeyFrom('frontend').parse(key)
    return {
      name: NAME,
      version: versionOf(key),
      stage,
      id,
      value: Secret.of(value, NAME),
      sensitive: [],
    }
  }
  return {
    ...{ name: NAME, revision: Object.values(keys).map(idIn).join() },
    current: version('current', keys.current),
    ...(keys.pending !== undefined && { pending: version('pending', keys.pending) }),
  }
}

const receiverWith = (keys: { current: string }): SettableSecret<ApiKeyVerifier> =>
  createLiveSecret(verifiersOf(keys))

/** The redactor of a receiver, which has had the key for longer than it masks each new value by itself. */
function open() {
  const key = newKey()
  const live = receiverWith({ current: key })
  // Made before the redactor, which masks what is made after it by its value.
  const others = [newKey(), forgedFrom(key)]
  const events: LeakEvent[] = []
  const redactor = createRedactor({
    ...{ secrets: [live], markers: apiKeyMarkers([live]) },
    onLeak: (event) => events.push(event),
  })
  return { key, live, others, events, redactor }
}

const tag = (key: string) => `[secret ${NAME}@${versionOf(key)}]`

it('L6: a key in the log of its receiver is named and counted, after 1,000 foreign texts', () => {
  const { key, others, redactor, events } = open()
  const foreign = Array.from({ length: 1_000 }, (_, i) => `GET /rk_test_x${i}`)
  for (const line of [...foreign, ...others]) {
    expect(redactor.redact(line)).toMatch(/^(?:GET \/)?\[secret api key\]$/)
  }
  expect(redactor.leaks()).toEqual([])
  expect(redactor.redact(`${foreign.slice(1).join(' ')} ${key}`)).toContain(tag(key))
  for (const line of [`key ${key}`, `${key}-and-more`, `rk_test_${key}`]) {
    expect(redactor.redact(line)).toContain(tag(key))
  }
  const leak = { name: NAME, version: versionOf(key), encoding: 'text', channel: 'log' }
  // Of the two lines of code that printed it.
  expect(redactor.leaks()).toMatchObject([
    { ...leak, count: 1 },
    { ...leak, count: 3 },
  ])
  expect(new Set(events.map(({ name }) => name))).toEqual(new Set([NAME]))
})

it('L6: each of two keys in one word is named', () => {
  const [current, pending] = [newKey(), newKey()]
  const live = createLiveSecret(verifiersOf({ current, pending }))
  const redactor = createRedactor({ secrets: [live], markers: apiKeyMarkers([live]) })
  expect(redactor.redact(`${current}_${pending}`)).toBe(
    `${tag(current)}[secret api key]${tag(pending)}`,
  )
  expect(redactor.leaks().map(({ version }) => version)).toEqual([current, pending].map(versionOf))
})

it('L6: a key is named for as long as its version is live', () => {
  const { key, live, redactor } = open()
  const next = newKey()
  live.update(verifiersOf({ current: next }))
  expect(redactor.redact(next)).toBe(tag(next))
  expect(redactor.redact(key)).not.toContain(NAME)
})
