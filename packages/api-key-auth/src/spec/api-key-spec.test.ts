import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { apiKeyFrom, apiKeyTo, issueApiKey } from '../index.ts'
import { keyIdIn, newKey } from '../../test/live-keys.support.ts'

it('gives one name to the two ends of a key', () => {
  expect(apiKeyTo('signing').nameFor('frontend')).toBe('API_KEY_FRONTEND_SIGNING')
  expect(apiKeyFrom('frontend').nameFor('signing')).toBe('API_KEY_FRONTEND_SIGNING')
  expect(apiKeyTo('cert-log').nameFor('signing-v2')).toBe('API_KEY_SIGNING_V2__CERT_LOG')
})

it('says which end a service is at', () => {
  expect(apiKeyTo('signing').access).toEqual({ end: 'sender', peer: 'signing' })
  expect(apiKeyFrom('frontend').access).toEqual({ end: 'receiver', peer: 'frontend' })
})

it('names the whole key and its secret part as never to be printed, at the sender', () => {
  const text = newKey()
  const parsed = apiKeyTo('signing').parse(text)
  expect(parsed).toMatchObject({ id: keyIdIn(text), sensitive: [text, text.split('_')[3]] })
  expect(parsed.value.text.expose()).toBe(text)
})

it('keeps nothing but the digest, at the receiver', () => {
  const text = newKey()
  const parsed = apiKeyFrom('frontend').parse(text)
  expect(parsed).toMatchObject({ id: keyIdIn(text), sensitive: [] })
  expect(parsed.value.digest).toEqual(createHash('sha256').update(text).digest())
  expect(inspect(parsed, { depth: 9, showHidden: true })).not.toContain(text.split('_')[3])
})

it('takes every key for non-production but one that was issued for production', () => {
  const marks = (['prod', 'dev', 'test'] as const).map((environment) => {
    const { text } = issueApiKey({ environment })
    return [apiKeyTo('signing'), apiKeyFrom('frontend')].map(
      (spec) => spec.parse(text.expose()).nonProduction,
    )
  })
  expect(marks).toEqual([
    [false, false],
    [true, true],
    [true, true],
  ])
})

it('asks for at least 32 characters', () => {
  expect(apiKeyTo('signing').minLength).toBeGreaterThanOrEqual(32)
  expect(newKey().split('_')[3]?.length).toBeGreaterThanOrEqual(apiKeyTo('signing').minLength)
})
