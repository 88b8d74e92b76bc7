// @lane servers
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { issueApiKey } from '@rekey/api-key-auth'
import { expect, it } from 'vitest'
import { newCanary, randomText } from './canary.ts'
import { createValueSearch, tellingParts } from './value-search.ts'

const searchFor = (value: string) => {
  return createValueSearch(tellingParts(value).map((part) => newCanary('it', part)))
}

it.each([
  ['a token', () => randomText()],
  ['an API key', () => issueApiKey({ environment: 'test' }).text.expose()],
  ['the password of a URL', () => `postgresql://app:${randomText()}@db/x`],
])('finds %s as it stands, in part and encoded, and its public parts nowhere', (_, create) => {
  const value = create()
  const search = searchFor(value)
  const [part = ''] = tellingParts(value)
  expect(part.length).toBeGreaterThanOrEqual(24)
  expect(search(`x ${value}`)).toContain('it as text')
  expect(search(part.slice(9, 21))).toEqual(['it as text'])
  for (const skip of ['', 'x', 'xy']) {
    expect(search(Buffer.from(`${skip}${value}`).toString('base64'))).not.toEqual([])
  }
  expect(search(Buffer.from(value).toString('hex'))).not.toEqual([])
  expect(search(value.replace(part, ''))).toEqual([])
  expect(search(randomBytes(1_000).toString('base64'))).toEqual([])
})

it('finds the private number of a key, and not the public half of it', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const search = searchFor(pem)
  expect(search(JSON.stringify({ pem: pem.replaceAll('\n', '') }))).toContain('it as text')
  expect(search(pair.publicKey.export({ format: 'pem', type: 'spki' }).toString())).toEqual([])
})
