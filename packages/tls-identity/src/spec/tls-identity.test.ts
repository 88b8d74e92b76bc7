import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { defineService, loadService } from '@rekey/config-loader'
import { SecretError } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { issue, issueChain, keyPem } from '../../test/certificates.support.ts'
import { parseTlsIdentity, tlsIdentity } from '../index.ts'

const definition = defineService({
  name: 'frontend',
  settings: z.object({}),
  secrets: { tls: tlsIdentity() },
})

async function load(text: string, environment = 'test') {
  const env = { REKEY_ENVIRONMENT: environment }
  const source = createMemoryStore({ TLS_FRONTEND: text })
  const service = await loadService(definition, { env, source })
  onTestFinished(() => service.close())
  return service
}

const hours = (count: number) => new Date(Date.now() + count * 60 * 60 * 1000)

it('gives the identity, and in health the fingerprint of its certificate as id', async () => {
  const { text, leaf, issuer } = issueChain()
  const service = await load(text)
  const identity = service.secrets.tls.current.value.expose()
  expect(identity.key.expose()).toBe(keyPem(leaf.key))
  expect(identity.chain).toBe(leaf.pem + issuer.pem)
  expect(service.health().secrets).toMatchObject([
    { name: 'TLS_FRONTEND', kind: 'tls', versions: [{ id: identity.fingerprint }] },
  ])
})

it('prints nothing of the key, and names it among the texts that must be masked', async () => {
  const { text, leaf } = issueChain()
  const service = await load(text)
  const { current } = service.secrets.tls
  expect(current.sensitive.map((secret) => secret.expose())).toEqual([keyPem(leaf.key)])
  const shown =
    inspect([current, current.value.expose()], { depth: 9 }) + JSON.stringify(service.health())
  for (const line of secretLines(keyPem(leaf.key))) expect(shown).not.toContain(line)
})

it('takes what other tools write: CRLF, blank lines, no line break at the end', () => {
  const { text } = issueChain()
  const { fingerprint } = parseTlsIdentity(text)
  for (const same of [
    text.trimEnd(),
    text.replaceAll('\n', '\r\n'),
    text.replaceAll('-----\n-', '-----\n\n-'),
  ]) {
    expect(parseTlsIdentity(same).fingerprint).toBe(fingerprint)
  }
})

it.each([
  ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['Ed25519', () => generateKeyPairSync('ed25519')],
  ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
])('takes a key of the kind %s', (_kind, generate) => {
  const { text } = issueChain({ key: generate().privateKey })
  expect(parseTlsIdentity(text).issuer).toBe('Unit Development CA')
})

it('bears with an issuer whose clock is a little ahead', () => {
  const { text } = issueChain({ notBefore: new Date(Date.now() + 30_000) })
  expect(parseTlsIdentity(text).chain).not.toBe('')
})

describe('refuses', () => {
  const { text, leaf, issuer, root } = issueChain()
  const key = keyPem(leaf.key)
  const other = issueChain()
  const certificates = leaf.pem + issuer.pem
  const newKey = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
  const expiredCa = issue({ commonName: 'Old', ca: true, issuer: root, notAfter: hours(-0.5) })

  it.each([
    ['the key of another certificate', keyPem(other.leaf.key) + certificates, 'pair'],
    ['certificates in the wrong order', key + issuer.pem + leaf.pem, 'chain'],
    ['a chain with a foreign CA', key + leaf.pem + other.issuer.pem, 'chain'],
    ['a chain with a gap', key + leaf.pem + root.pem, 'chain'],
    ['no certificate at all', key, 'chain'],
    ['a certificate that is cut', key + leaf.pem.replace(/\n.{64}\n/, '\n') + issuer.pem, 'chain'],
    ['an expired certificate', issueChain({ notAfter: hours(-0.5) }).text, 'validity'],
    ['a certificate of tomorrow', issueChain({ notBefore: hours(0.5) }).text, 'validity'],
    ['a CA that has expired', issueBelow(expiredCa), 'validity'],
    ['a certificate for clients', issueChain({ purpose: 'client' }).text, 'purpose'],
    ['a certificate without names', issueChain({ dnsNames: [] }).text, 'names'],
    ['the certificate of a CA', keyPem(issuer.key) + issuer.pem, 'authority'],
    ['a curve that nobody expects', issueChain({ key: newKey('secp256k1') }).text, 'weak-key'],
    ['a short RSA key', issueChain({ key: shortRsa() }).text, 'weak-key'],
    ['a key in the form of its algorithm', sec1(key) + certificates, 'layout'],
    ['an encrypted key', encrypted(key) + certificates, 'layout'],
    ['certificates before the key', certificates + key, 'layout'],
    ['a second key', key + leaf.pem + key, 'layout'],
    ['line breaks written as backslash and n', text.replaceAll('\n', '\\n'), 'pem'],
    ['text beside the PEM', `# frontend\n${text}`, 'pem'],
    ['a key that is cut', key.replace(/\n.{64}\n/, '\n') + certificates, 'key'],
    ['an empty text', '', 'layout'],
  ])('%s, and says why without any of the text', (_what, refused, reason) => {
    const error = failureOf(() => parseTlsIdentity(refused))
    expect(error.details).toEqual({ reason })
    expect(error.message).toMatch(/: [a-z]/)
    expect(error).not.toHaveProperty('cause')
    const shown = inspect(error, { depth: 9, showHidden: true })
    for (const line of secretLines(refused)) expect(shown).not.toContain(line)
  })
})

it('does not start in production on a development identity, nor elsewhere on another one', async () => {
  const { text } = issueChain()
  const refused = { problems: [{ key: 'TLS_FRONTEND', code: 'refused' }] }
  await expect(load(text, 'production')).rejects.toMatchObject(refused)
  const real = issueBelow(issue({ commonName: 'Unit CA', ca: true }))
  await expect(load(real, 'development')).rejects.toMatchObject(refused)
  await load(real, 'production')
})

function failureOf(attempt: () => unknown): SecretError {
  try {
    attempt()
  } catch (error) {
    if (error instanceof SecretError) return error
    throw error
  }
  throw new Error('it was taken')
}

function secretLines(text: string): string[] {
  return text.split(/\r?\n|\\n/).filter((line) => line.length > 12 && !line.startsWith('-----'))
}

function issueBelow(issuer: ReturnType<typeof issue>): string {
  const leaf = issue({ issuer })
  return keyPem(leaf.key) + leaf.pem + issuer.pem
}

function shortRsa() {
  return generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
}

function sec1(pem: string): string {
  return createPrivateKey(pem).export({ format: 'pem', type: 'sec1' }).toString()
}

function encrypted(pem: string): string {
  const passphrase = keyPem(generateKeyPairSync('ed25519').privateKey)
  const protection = { cipher: 'aes-256-cbc', passphrase } as const
  return createPrivateKey(pem)
    .export({ format: 'pem', type: 'pkcs8', ...protection })
    .toString()
}
