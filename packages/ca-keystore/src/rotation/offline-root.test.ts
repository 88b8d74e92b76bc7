// @lane servers
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock } from '@rekey/secret'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { expect, it } from 'vitest'
import { days, failureOf, newIntermediate, newPassphrase, newRoot } from '../../test/ca.support.ts'
import {
  type CaKeystore,
  findGenerations,
  installGeneration,
  openCaKeystore,
  prepareGeneration,
  readBiography,
  requestGeneration,
} from '../index.ts'
import { rollBackRotation, type GenerationRequest, readGenerations } from '../internal.ts'

replaceScrypt()

const VALIDITY_MS = days(1000)

/** What an offline root does with a request. */
async function sign(
  root: CaKeystore,
  { csr, subject }: Pick<GenerationRequest, 'csr' | 'subject'>,
) {
  const { certificate } = await root.issueIntermediate({ csr, subject, validityMs: VALIDITY_MS })
  return certificate + root.chain
}

async function newRequest() {
  const { directory, passphrase, root } = await newIntermediate()
  const request = await requestGeneration({ directory, passphrase })
  const place = join(directory, 'generation-2')
  return {
    ...{ directory, passphrase, root, request, place },
    install: (certificate: string, more: { root?: string } = {}) =>
      installGeneration({ directory, certificate, ...more }),
    states: async () => (await readGenerations(directory)).all.map(({ state }) => state),
  }
}

const reasonOf = async (attempt: () => unknown) => (await failureOf(attempt)).details['reason']

it('has an offline root sign the next key: a request goes there, and days later its certificate is installed', async () => {
  const { directory, passphrase, root, request, place, install, states } = await newRequest()
  expect(request.subject).toEqual({ commonName: 'Test Issuing CA G2' })
  expect(await states()).toEqual(['active', 'requested'])
  // A service that is started between the two steps issues by the key of today.
  expect(await findGenerations(directory)).toEqual({ active: directory, forLists: [] })
  const again = await requestGeneration({ directory, passphrase })
  expect([again.subject, again.generation.spki]).toEqual([request.subject, request.generation.spki])
  const signed = await sign(root, request)
  // The root gives one certificate for one key and name, so a request that comes twice uses up no name.
  expect(await sign(root, again)).toBe(signed)
  expect(await install(signed)).toMatchObject({ generation: 2, state: 'prepared' })
  expect(await install(signed)).toMatchObject({ generation: 2, state: 'prepared' })
  expect(await prepareGeneration({ directory, parent: root, passphrase })).toMatchObject({
    state: 'prepared',
  })
  const held = { value: passphrase, origin: { kind: 'memory' } } as const
  await using ca = await openCaKeystore({ directory: place, passphrase: held })
  expect(ca.name).toBe('CN=Test Issuing CA G2')
  const { entries } = await readBiography({ directory: place })
  expect(entries.map(({ action }) => action)).toEqual(['create', 'unlock', 'unlock'])
  const steps = (await readBiography({ directory })).entries.map(({ action }) => action)
  expect(steps.filter((action) => action.startsWith('rotate-'))).toEqual([
    'rotate-request',
    'rotate-install',
  ])
}, 60_000)

it('installs no certificate of another key, name, root or time, and none that was altered, and says which it is', async () => {
  const { directory, passphrase, root, request, place, install, states } = await newRequest()
  const signed = await sign(root, request)
  const other = await newRequest()
  expect(await reasonOf(() => sign(root, other.request))).toBe('subject')
  const ofOther = { ...other.request, subject: { commonName: 'Test Issuing CA G7' } }
  expect(await reasonOf(async () => install(await sign(root, ofOther)))).toBe('other-key')
  const renamed = { ...request, subject: { ...request.subject, organization: 'Elsewhere' } }
  expect(await reasonOf(async () => install(await sign(root, renamed)))).toBe('other-name')
  const { ca: foreign } = await newRoot('ed25519')
  const byForeign = await sign(foreign, request)
  expect(await reasonOf(() => install(byForeign))).toBe('other-root')
  expect(await reasonOf(() => install(root.chain))).toBe('other-key')
  const clock = createFakeClock(Date.now() + VALIDITY_MS + days(1))
  const late = { directory, certificate: signed, clock }
  expect(await reasonOf(() => installGeneration(late))).toBe('validity')
  expect(existsSync(join(place, 'ca.crt'))).toBe(false)
  const der = new X509Certificate(signed).raw
  for (let at = 0; at < der.length; at += 1) {
    const altered = Buffer.from(der)
    altered[at] = (altered[at] ?? 0) ^ 1
    const pem = `-----BEGIN CERTIFICATE-----\n${altered.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
    expect(await reasonOf(() => install(pem + root.chain))).toMatch(
      /^(?:ca-certificate|other-key)$/,
    )
  }
  for (const text of [
    '',
    request.csr,
    new X509Certificate(signed).toString(),
    root.chain + signed,
  ]) {
    expect(await reasonOf(() => install(text))).toMatch(/^(?:ca-certificate|other-key)$/)
  }
  expect(await states()).toEqual(['active', 'requested'])
  // A new root is a choice of the operator.
  expect(await install(byForeign, { root: foreign.certificate })).toMatchObject({ generation: 2 })
  const wrong = newPassphrase()
  await rollBackRotation({ directory, lists: '/nowhere' })
  const { generation } = await requestGeneration({ directory, passphrase, generation: 3 })
  expect(generation.generation).toBe(3)
  expect(await reasonOf(() => install(signed))).toBe('other-key')
  expect((await failureOf(() => requestGeneration({ directory, passphrase: wrong }))).code).toBe(
    'rejected',
  )
  await rollBackRotation({ directory, lists: '/nowhere' })
  expect(await reasonOf(() => install(signed))).toBe('not-requested')
  const taken = { directory, passphrase, generation: 1 }
  expect(await reasonOf(() => requestGeneration(taken))).toBe('generation')
}, 120_000)

it('K14: goes on with the same key after a kill between any two writes of both steps', async () => {
  const { directory, passphrase, root, request, place, install, states } = await newRequest()
  const state = join(directory, 'rotation.json')
  const requested = await readFile(state, 'utf8')
  await rm(state)
  const again = await requestGeneration({ directory, passphrase })
  expect(again.generation.spki).toBe(request.generation.spki)
  const signed = await sign(root, again)
  await install(signed)
  const digest = async () =>
    createHash('sha256')
      .update(await readFile(join(place, 'ca.crt')))
      .digest('hex')
  const before = await digest()
  await writeFile(state, requested)
  await install(signed)
  expect([await digest(), await states()]).toEqual([before, ['active', 'prepared']])
  await writeFile(state, requested)
  await rm(join(place, 'ca.crt'))
  const prepared = await prepareGeneration({ directory, parent: root, passphrase })
  expect([await digest(), prepared.generation]).toEqual([before, 2])
  await rm(join(place, 'ca.key'))
  await writeFile(state, requested)
  const lost = await failureOf(() => requestGeneration({ directory, passphrase }))
  expect(lost.code).toBe('missing')
}, 60_000)
