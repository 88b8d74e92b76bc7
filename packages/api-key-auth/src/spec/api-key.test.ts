import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SecretError } from '@rekey/secret'
import { API_KEY_FORMAT, parseApiKey } from '../internal.ts'
import { createKeyring, issueApiKey } from '../index.ts'
import { newKey, receiverWith, sealed } from '../../test/live-keys.support.ts'

const environment = fc.constantFrom('prod' as const, 'dev' as const, 'test' as const)
const prefix = fc.stringMatching(/^[a-z][a-z0-9]{1,7}$/)
const random43 = () => newKey().split('_')[3] ?? ''

function failure(text: string): SecretError {
  try {
    parseApiKey(text)
  } catch (error) {
    if (error instanceof SecretError) return error
    throw error
  }
  throw new Error('parsed')
}

describe('an issued key', () => {
  it('always parses into what it was issued for', () => {
    fc.assert(
      fc.property(environment, prefix, (environment, prefix) => {
        const { text, keyId } = issueApiKey({ environment, prefix })
        const parsed = parseApiKey(text.expose())
        expect(parsed).toMatchObject({ environment, prefix, keyId })
        expect(parsed.text.expose()).toBe(text.expose())
      }),
    )
  })

  it('is refused after a change of any one character', () => {
    const key = newKey()
    const keyring = createKeyring({ frontend: receiverWith({ current: key }) })
    const change = fc.tuple(fc.nat(key.length - 1), fc.nat(0xffff))
    fc.assert(
      fc.property(change, ([at, code]) => {
        const changed = key.slice(0, at) + String.fromCharCode(code) + key.slice(at + 1)
        fc.pre(changed !== key)
        expect(() => parseApiKey(changed)).toThrow(SecretError)
        expect(keyring.verify(changed)).toEqual({ ok: false, reason: 'malformed' })
      }),
      { numRuns: 5_000 },
    )
  })

  it('is refused after the loss, gain or exchange of characters', () => {
    const key = newKey()
    const swapped = `${key.slice(0, 20)}${key.charAt(21)}${key.charAt(20)}${key.slice(22)}`
    for (const text of [key.slice(1), key.slice(0, -1), `${key}0`, ` ${key}`, `${key}\n`]) {
      expect(failure(text).code).toBe('malformed')
    }
    if (swapped !== key) expect(failure(swapped).details).toEqual({ rule: 'checksum' })
  })

  it('has a checksum that anybody can work out', () => {
    const key = newKey()
    expect(sealed(key.slice(0, key.lastIndexOf('_')))).toBe(key)
  })

  it('matches the published format, and holds one of its markers', () => {
    for (const environment of ['prod', 'dev', 'test'] as const) {
      const key = issueApiKey({ environment }).text.expose()
      expect(`some text ${key} more`.match(API_KEY_FORMAT.pattern)?.[0]).toBe(key)
      expect(API_KEY_FORMAT.markers.filter((marker) => key.startsWith(marker))).toHaveLength(1)
    }
  })

  it('never comes up twice', () => {
    expect(new Set(Array.from({ length: 1_000 }, newKey)).size).toBe(1_000)
  })

  it('does not show its secret when it is printed, whole or parsed', () => {
    const issued = issueApiKey({ environment: 'test' })
    const shown = [issued, parseApiKey(issued.text.expose())].map(
      (each) => inspect(each, { depth: 9, showHidden: true }) + JSON.stringify(each),
    )
    expect(shown.join()).toContain(issued.keyId)
    expect(shown.join()).not.toContain(issued.text.expose().split('_')[3])
  })
})

describe('a text that was not issued', () => {
  const fields = ['rk', 'dev', '0123456789', random43()]
  const withField = (at: number, field: string) => sealed(fields.with(at, field).join('_'))

  it.each([
    ['a prefix with capitals', withField(0, 'RK'), 'fields'],
    ['a prefix of one character', withField(0, 'r'), 'fields'],
    ['a prefix of nine characters', withField(0, 'r23456789'), 'fields'],
    ['an environment that is none', withField(1, 'demo'), 'fields'],
    ['a short key id', withField(2, '012345678'), 'fields'],
    ['a key id with a separator', withField(2, '01234_6789'), 'fields'],
    ['a short secret part', withField(3, random43().slice(1)), 'fields'],
    ['a secret part with a dash', withField(3, `-${random43().slice(1)}`), 'fields'],
    ['nothing', '', 'fields'],
    ['a megabyte', 'r'.repeat(2 ** 20), 'fields'],
    ['a wrong checksum', `${fields.join('_')}_000000`, 'checksum'],
    ['one character all over', withField(3, 'a'.repeat(43)), 'entropy'],
    ['a short pattern all over', withField(3, 'abcdefghijk'.repeat(4).slice(0, 43)), 'entropy'],
    [
      'a run through the alphabet',
      withField(3, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ'),
      'entropy',
    ],
  ])('is refused for %s, by its rule', (_, text, rule) => {
    const error = failure(text)
    expect(error).toMatchObject({ code: 'malformed', details: { rule } })
    if (text !== '') expect(inspect(error, { showHidden: true })).not.toContain(text)
  })

  it('would pass if its fields were right', () => {
    expect(parseApiKey(sealed(fields.join('_'))).keyId).toBe('0123456789')
  })
})

it('is not issued with a prefix that would not parse', () => {
  for (const prefix of ['', 'r', 'RK', '1rk', 'r_k', 'r23456789']) {
    expect(() => issueApiKey({ environment: 'dev', prefix })).toThrow(SecretError)
  }
})
