import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretError, type SecretSpec } from '@rekey/secret'
import { createMemoryStore } from './store/memory-store.ts'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { defineService, loadService, readSecret } from './index.ts'
import type { SecretHolder } from './internal.ts'

const fresh = () => `dev-${randomBytes(24).toString('base64url')}`

function spec(name: string): SecretSpec<string> {
  return {
    ...{ kind: 'text', rule: 'at least 32 characters', access: { end: 'owner' }, minLength: 32 },
    nameFor: () => name,
    parse(text) {
      if (text.length < 32) throw new SecretError('malformed', 'it is too short: issue a new one')
      return { value: text, sensitive: [text], nonProduction: text.startsWith('dev-') }
    },
  }
}

const definition = defineService({
  name: 'app',
  settings: z.object({ PLACE: z.string() }),
  secrets: { own: spec('OWN'), kept: spec('KEPT') },
})
const env = { REKEY_ENVIRONMENT: 'development', PLACE: '/keys' }

/** A store that notes which secrets are read, and a holder that notes that it was ended. */
function open(values: Record<string, string> = { OWN: fresh(), KEPT: fresh() }) {
  const store = createMemoryStore(values)
  const read: string[] = []
  const source = {
    locator: store.locator,
    read(name: string) {
      read.push(name)
      return store.read(name)
    },
  }
  const ended: string[] = []
  const createdAt = new Date(Date.now() - 60_000)
  const holder: SecretHolder = {
    versions: [{ stage: 'current', version: 'v7', createdAt }],
    used: 'v7',
    [Symbol.asyncDispose]: () => Promise.resolve(void ended.push('holder')),
  }
  return { source, read, ended, holder }
}

it('has another process hold a secret, which it neither reads nor has', async () => {
  const { source, read, ended, holder } = open()
  const places: string[] = []
  const service = await loadService(definition, {
    ...{ env, source },
    heldBy: {
      kept({ settings }) {
        places.push(settings.PLACE)
        return Promise.resolve(holder)
      },
    },
  })
  expect([read, places]).toEqual([['OWN'], ['/keys']])
  expect(() => service.secrets.kept.current).toThrow('held by another process')
  const kept = service.health().secrets.find(({ name }) => name === 'KEPT')
  expect(kept).toMatchObject({
    ...{ kind: 'text', state: 'fresh', counts: { reads: 1 } },
    versions: [{ stage: 'current', version: 'v7' }],
    usage: { versions: [{ version: 'v7' }] },
  })
  expect(kept?.versions[0]?.ageMs).toBeGreaterThanOrEqual(60_000)
  expect(ended).toEqual([])
  await service.close()
  expect(ended).toEqual(['holder'])
})

it('reports what the holder finds wrong as a problem of the secret, with all others', async () => {
  const { source } = open({ OWN: 'dev-short' })
  const kept = () => Promise.reject(new SecretError('rejected', 'the passphrase is wrong'))
  await expect(loadService(definition, { env, source, heldBy: { kept } })).rejects.toMatchObject({
    problems: [
      { key: 'KEPT', code: 'rejected', rule: 'at least 32 characters', source: 'memory' },
      { key: 'OWN', code: 'malformed' },
    ],
  })
})

it('ends the holder when the service cannot start for another reason', async () => {
  const { source, ended, holder } = open({ OWN: 'dev-short' })
  const kept = () => Promise.resolve(holder)
  await expect(loadService(definition, { env, source, heldBy: { kept } })).rejects.toThrow('OWN')
  expect(ended).toEqual(['holder'])
})

it('starts no holder while the settings are wrong, and still reports the secret', async () => {
  const { source } = open({ OWN: fresh() })
  const kept = () => Promise.reject(new Error('not reached'))
  const loading = loadService(definition, {
    ...{ env: { REKEY_ENVIRONMENT: 'development' }, source, heldBy: { kept } },
  })
  await expect(loading).rejects.toMatchObject({
    problems: [
      { key: 'KEPT', code: 'missing' },
      { key: 'PLACE', code: 'missing' },
    ],
  })
})

it('reads one secret by its rule and environment alone', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-read-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'kept')
  const value = fresh()
  await writeFile(path, value)
  await chmod(path, 0o600)
  const from = { REKEY_ENVIRONMENT: 'development', KEPT_FILE: path }
  const { current } = await readSecret(definition, 'kept', { env: from })
  expect(current).toMatchObject({ origin: { kind: 'file', path } })
  expect(current.value.expose()).toBe(value)
  const production = readSecret(definition, 'kept', { env: { KEPT_FILE: path } })
  await expect(production).rejects.toMatchObject({ code: 'refused' })
  const absent = readSecret(definition, 'own', { env: from })
  await expect(absent).rejects.toMatchObject({ code: 'missing' })
})
