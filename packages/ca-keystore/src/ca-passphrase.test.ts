import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { NON_PRODUCTION_PREFIX, Secret, type SecretVersion } from '@rekey/secret'
import { expect, it } from 'vitest'
import { failureOf, newPassphrase, newRoot } from '../test/ca.support.ts'
import { caPassphrase } from './index.ts'
import { checkPassphrase } from './passphrase.ts'

const signal = new AbortController().signal
const spec = caPassphrase()

function versionOf(value: Secret): SecretVersion {
  const name = 'CA_PASSPHRASE_SIGNING'
  const origin = { kind: 'environment' } as const
  return { name, version: '1', stage: 'current', value, sensitive: [value], origin }
}

it('says what it is and where it is kept', () => {
  expect(spec).toMatchObject({ kind: 'ca-passphrase', access: { end: 'owner' }, minLength: 32 })
  expect(spec.nameFor('signing')).toBe('CA_PASSPHRASE_SIGNING')
  expect(spec.nameFor('root-ca')).toBe('CA_PASSPHRASE_ROOT_CA')
})

it('reads a passphrase as it is, all of it sensitive, and sees the mark of development', () => {
  const text = newPassphrase().expose()
  expect(spec.parse(text)).toEqual({ value: text, sensitive: [text], nonProduction: false })
  expect(spec.parse(NON_PRODUCTION_PREFIX + text).nonProduction).toBe(true)
})

it('refuses a short passphrase, and says how to make one', async () => {
  const text = newPassphrase().expose().slice(0, 31)
  const error = await failureOf(() => spec.parse(text), [text])
  expect(error).toMatchObject({ code: 'malformed' })
  expect(error.message).toContain('eight random words')
})

it('proves the passphrase by opening the keystore that a setting names', async () => {
  const { directory, passphrase } = await newRoot()
  const context = { settings: { CA_DIRECTORY: directory }, signal }
  await spec.probe?.(versionOf(passphrase), context)
  const wrong = newPassphrase()
  const error = await failureOf(() => spec.probe?.(versionOf(wrong), context), [wrong.expose()])
  expect(error).toMatchObject({ code: 'rejected' })
  await chmod(join(directory, 'ca.key'), 0o644)
  const unsafe = await failureOf(() => spec.probe?.(versionOf(passphrase), context))
  expect(unsafe).toMatchObject({ code: 'refused' })
})

it('looks for the directory under the setting it was given, and misses it when not set', async () => {
  const { directory, passphrase } = await newRoot()
  const other = caPassphrase({ directorySetting: 'ROOT_DIRECTORY' })
  await other.probe?.(versionOf(passphrase), { settings: { ROOT_DIRECTORY: directory }, signal })
  const context = { settings: { CA_DIRECTORY: directory }, signal }
  const error = await failureOf(() => other.probe?.(versionOf(passphrase), context))
  expect(error).toMatchObject({ code: 'missing', details: { setting: 'ROOT_DIRECTORY' } })
})

const words = 'Ünïcode passphrase 𝄞 of seven short words'
const verdicts: Record<string, string | undefined> = {
  [words]: undefined,
  [NON_PRODUCTION_PREFIX + words]: undefined,
  [NON_PRODUCTION_PREFIX + words.slice(0, 30)]: 'is too short',
  '': 'is empty',
  [`${words}\0`]: 'has a control character',
  [`${words}\u0085`]: 'has a control character',
  [`${words}\n`]: 'has a control character',
  [words.repeat(30)]: 'is longer than 1024 bytes',
  ['𝄞é'.repeat(20)]: 'repeats a few characters',
}

it.each(Object.entries(verdicts))('K2 judges bytes as their text (%#)', async (text, problem) => {
  for (const passphrase of [text, Buffer.from(text)]) {
    if (problem === undefined) checkPassphrase(passphrase)
    else {
      const { message } = await failureOf(() => {
        checkPassphrase(passphrase)
      })
      expect(message).toContain(problem)
    }
  }
})

it('K2 takes no bytes that are not UTF-8, and no text that has none', async () => {
  for (const passphrase of [
    Buffer.from(words, 'latin1'),
    Buffer.of(0xa0, 0xc3),
    `${words}\ud834`,
  ]) {
    const { message } = await failureOf(() => {
      checkPassphrase(passphrase)
    })
    expect(message).toContain('is not valid Unicode')
  }
})
