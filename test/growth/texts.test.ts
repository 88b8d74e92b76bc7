// @lane measured
import { authenticate, parseApiKey } from '@rekey/api-key-auth/internal'
import { createKeyring } from '@rekey/api-key-auth'
import { parseSigningRequest } from '@rekey/ca-keystore'
import { parseCertificates } from '@rekey/tls-identity/internal'
import { parseTlsIdentity } from '@rekey/tls-identity'
import { parseDatabaseUrl } from '@rekey/db-pool-rotator'
import { createScramVerifier } from '@rekey/db-pool-rotator/internal/roles'
import { Secret } from '@rekey/secret'
import { growthOf, LINEAR } from '@rekey/testbed/growth'
import { describe, expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000 })

type Text = (size: number) => string

const filled =
  (unit: string, before = '', after = ''): Text =>
  (size) =>
    `${before}${unit.repeat(Math.floor(size / unit.length))}${after}`

/** Sizes up to just below a cap of so many KiB, where the parser itself is at work. */
const below = (capKiB: number) => [1, 2, 4, 8, 16].map((part) => Math.floor(capKiB * 60 * part))

function parsing(parse: (text: string) => unknown, text: Text) {
  return (size: number) => {
    const input = text(size)
    return async () => {
      try {
        await parse(input)
      } catch {
        // A refusal must not take longer either.
      }
    }
  }
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/.{1,64}/g, '$&\n')

/** One PEM block around DER of about that size. */
const block =
  (label: string, der: (size: number) => Buffer): Text =>
  (size) =>
    `-----BEGIN ${label}-----\n${base64(der((size * 48) / 65))}-----END ${label}-----\n`

function sequence(content: Buffer): Buffer {
  const header = Buffer.from([0x30, 0x83, 0, 0, 0])
  header.writeUIntBE(content.length, 2, 3)
  return Buffer.concat([header, content])
}

const pem = (label: string): Readonly<Record<string, Text>> => ({
  'random bytes': block(label, (size) => Buffer.alloc(size, 7)),
  'a long list': block(label, (size) => sequence(Buffer.alloc(size, Buffer.from([0x05, 0])))),
  'a long number': block(label, (size) =>
    sequence(
      Buffer.concat([Buffer.from([2, 0x83, size >> 16, size >> 8, size]), Buffer.alloc(size, 7)]),
    ),
  ),
  'lists in lists': block(label, (size) => Buffer.alloc(size, Buffer.from([0x30, 0x80]))),
  'short lines': filled('A\n', `-----BEGIN ${label}-----\n`),
  'long lines': filled('A', `-----BEGIN ${label}-----\n`),
  'lines of 76 characters': filled(`${'A'.repeat(76)}\n`, `-----BEGIN ${label}-----\n`),
  beginnings: filled(`-----BEGIN ${label}-----\n`),
  'a long label': filled('A ', '-----BEGIN '),
  'empty blocks': filled(`-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`),
  'blank lines': filled('\n', `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`, 'x'),
  'written line breaks': filled('-----\\\\r', '-----BEGIN'),
})

const rows = (texts: Readonly<Record<string, Text>>) => Object.entries(texts)

describe('a certificate request is refused in linear time up to its cap of 16 KiB, and beyond at once, if it is', () => {
  it.each(rows(pem('CERTIFICATE REQUEST')))('%s', async (_, text) => {
    const run = parsing(parseSigningRequest, text)
    expect(await growthOf(run, below(16))).toBeLessThanOrEqual(LINEAR)
    expect(await growthOf(run)).toBeLessThanOrEqual(LINEAR)
  })

  it('longer than 16 KiB, by its length alone', () => {
    expect(() => parseSigningRequest('x'.repeat(16 * 1_024 + 1))).toThrow(
      expect.objectContaining({ details: { reason: 'too-large' } }),
    )
  })
})

describe.each([
  ['certificates are', parseCertificates, 'CERTIFICATE'],
  ['the TLS identity of a server is', parseTlsIdentity, 'PRIVATE KEY'],
] as const)(
  '%s refused in linear time up to the cap of 64 KiB, and beyond at once, if there are',
  (_, parse, label) => {
    it.each(rows(pem(label)))('%s', async (_, text) => {
      const run = parsing(parse, text)
      expect(await growthOf(run, below(64))).toBeLessThanOrEqual(LINEAR)
      expect(await growthOf(run)).toBeLessThanOrEqual(LINEAR)
    })

    it('more than 64 KiB, by their length alone', () => {
      expect(() => parse('\n'.repeat(64 * 1_024 + 1))).toThrow('longer than 65536 characters')
    })
  },
)

const login = `postgresql://u:${'p'.repeat(40)}@`
describe('a database URL of up to 1 MB is read or refused in linear time, and so is one of', () => {
  it.each(
    rows({
      'a long password': filled('p', 'postgresql://u:', '@h/d'),
      'a password of escapes': filled('%20', 'postgresql://u:', '@h/d'),
      'a password of lone percent signs': filled('%', 'postgresql://u:', '@h/d'),
      colons: filled(':', 'postgresql://u'),
      'at signs': filled('@', 'postgresql://u:p'),
      'a long host': filled('h.', login, '!'),
      'a long address': filled('f:', `${login}[`, '!'),
      'a long database': filled('d', `${login}h/`, '/'),
      'a long query': filled('a=b&', `${login}h/d?`, '#'),
      blanks: filled(' ', login),
    }),
  )('%s', async (_, text) => {
    expect(await growthOf(parsing(parseDatabaseUrl, text))).toBeLessThanOrEqual(LINEAR)
  })
})

describe('a password for SCRAM is read or refused in linear time', () => {
  it.each(rows({ 'a long one': filled('p'), 'one that ends in a blank': filled('p', '', ' ') }))(
    '%s',
    async (_, text) => {
      const run = parsing((password) => createScramVerifier(Secret.of(password, 'password')), text)
      expect(await growthOf(run)).toBeLessThanOrEqual(LINEAR)
    },
  )
})

const KEYS: Readonly<Record<string, Text>> = {
  letters: filled('a'),
  prefixes: filled('rk_dev_'),
  underscores: filled('_', 'rk_dev_'),
  schemes: filled('Bearer '),
  'a key and more': filled('a', 'Bearer rk_dev_'),
}

describe('an API key is refused by its length before its content, if it is', () => {
  const keyring = createKeyring({})
  it.each(rows(KEYS))('%s', async (_, text) => {
    expect(await growthOf(parsing(parseApiKey, text))).toBeLessThanOrEqual(LINEAR)
    expect(await growthOf(parsing((key) => keyring.verify(key), text))).toBeLessThanOrEqual(LINEAR)
    const run = parsing((header) => authenticate(keyring, `Bearer ${header}`), text)
    expect(await growthOf(run)).toBeLessThanOrEqual(LINEAR)
  })
})
