// @lane servers
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock, type Secret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { backUp, held } from '../../test/backup/backup.support.ts'
import {
  days,
  failureOf,
  freshPath,
  newIntermediate,
  newPassphrase,
  openHeld,
  orderFor,
} from '../../test/ca.support.ts'
import {
  activateGeneration,
  type CaKeystore,
  findGenerations,
  openRevocationLists,
  prepareGeneration,
  publishGeneration,
  readBiography,
} from '../index.ts'
import {
  destroyGeneration,
  drillBackup,
  forecast,
  retireGeneration,
  rollBackRotation,
  type ActivatedGeneration,
  readGenerations,
  type RotationStage,
} from '../internal.ts'

interface Template {
  readonly root: CaKeystore
  readonly base: string
  readonly passphrase: Secret
}

let template: Promise<Template> | undefined

/** A CA whose next generation is prepared, and its lists. Two key derivations are made once. */
async function makeTemplate(): Promise<Template> {
  const { directory, passphrase, ca, root } = await newIntermediate()
  const base = freshPath()
  await mkdir(join(base, 'lists'), { recursive: true, mode: 0o700 })
  await cp(directory, join(base, 'ca'), { recursive: true })
  for (const keystore of [root, ca]) {
    const place = { keystores: [keystore], directory: join(base, 'lists') }
    await (await openRevocationLists({ ...place, validityMs: days(366) })).close()
  }
  await prepareGeneration({ directory: join(base, 'ca'), parent: root, passphrase })
  return { base, passphrase, root }
}

async function newCa() {
  template ??= makeTemplate()
  const { base: original, passphrase, root } = await template
  const base = freshPath()
  await cp(original, base, { recursive: true })
  const clock = createFakeClock(Date.now())
  const [directory, lists, bundle] = ['ca', 'lists', 'ca-bundle.pem'].map((name) =>
    join(base, name),
  )
  if (directory === undefined || lists === undefined || bundle === undefined) throw new Error('')
  const held = { value: passphrase, origin: { kind: 'memory' } } as const
  const place = { directory, lists, bundle, clock }
  const second = join(directory, 'generation-2')
  const sure = { minPublishedMs: 0, drilledAt: new Date(clock.now()) }
  return {
    ...{ directory, lists, bundle, clock, second, passphrase, root },
    publish: () => publishGeneration({ ...place, passphrase: held }),
    activate: (changes: Partial<ActivatedGeneration> = sure) =>
      activateGeneration({ ...place, passphrase: held, ...changes }),
    retire: (issued?: string, accepted?: number) =>
      retireGeneration({ ...place, ...(issued && { issued }), ...(accepted && { accepted }) }),
    destroy: () => destroyGeneration(place),
    rollBack: (from?: RotationStage) => rollBackRotation({ ...place, ...(from && { from }) }),
    states: async () =>
      (await readGenerations(directory)).all.map(({ generation, state }) => [generation, state]),
    certificates: async () => (await readFile(bundle, 'utf8')).match(/BEGIN CERTIFICATE/g)?.length,
    listed: async () =>
      (await readFile(join(lists, 'crl-bundle.pem'), 'utf8')).match(/BEGIN X509 CRL/g)?.length,
  }
}

const reasonOf = async (attempt: () => unknown) => (await failureOf(attempt)).details['reason']

it('K28: rotates a CA in its steps, refuses to skip one by the name of the missing one, and ends with one generation', async () => {
  const ca = await newCa()
  const { directory, second, clock, passphrase, lists, root } = ca
  expect(await findGenerations(directory)).toEqual({ active: directory, forLists: [] })
  expect(await reasonOf(() => ca.activate())).toBe('not-published')
  expect(await reasonOf(() => ca.retire())).toBe('not-replaced')
  await ca.publish()
  await ca.publish()
  expect([await ca.certificates(), await ca.listed()]).toEqual([3, 3])
  expect(await findGenerations(directory)).toEqual({ active: directory, forLists: [second] })
  const drilledAt = new Date(clock.now())
  expect(await reasonOf(() => ca.activate({ drilledAt }))).toBe('published-recently')
  const minPublishedMs = 0
  expect(await reasonOf(() => ca.activate({ minPublishedMs }))).toBe('no-drill')
  const old = new Date(clock.now() - days(31))
  expect(await reasonOf(() => ca.activate({ minPublishedMs, drilledAt: old }))).toBe('no-drill')
  const first = await openHeld({ directory, passphrase, clock })
  const { certificate } = await first.issueCertificate(orderFor())
  await ca.activate()
  await ca.activate()
  expect(await findGenerations(directory)).toEqual({ active: second, forLists: [directory] })
  const next = await openHeld({ directory: second, passphrase, clock })
  expect(next.name).toBe('CN=Test Issuing CA G2')
  const later = await next.issueCertificate(orderFor())
  const options = { keystores: [next, first], directory: lists, clock }
  await using both = await openRevocationLists(options)
  await both.revoke([both.identify(certificate), both.identify(later.certificate)])
  await both.close()
  const issued = certificate + later.certificate
  const failure = await failureOf(() => ca.retire(issued))
  expect(failure.details).toMatchObject({ reason: 'certificates', clients: 1, certificates: 1 })
  expect(failure.message).toContain('1 clients would fail now')
  expect((await failureOf(() => ca.retire())).details).toMatchObject({ certificates: 1 })
  expect(await reasonOf(() => ca.destroy())).toBe('not-retired')
  expect(await reasonOf(() => ca.retire(issued, 1))).toBe('not-revoked')
  const rootLists = { keystores: [root], directory: lists, validityMs: days(366) }
  await using atRoot = await openRevocationLists(rootLists)
  const { serialNumber } = new X509Certificate(first.certificate)
  await atRoot.revoke([{ serial: serialNumber.toLowerCase(), reason: 'cessationOfOperation' }])
  await atRoot.close()
  await ca.retire(issued, 1)
  expect([await ca.certificates(), await ca.listed()]).toEqual([2, 2])
  expect(await reasonOf(() => ca.destroy())).toBe('certificates')
  await clock.advance(days(40))
  await ca.destroy()
  expect(existsSync(join(directory, 'ca.key'))).toBe(false)
  expect(await ca.states()).toEqual([
    [1, 'destroyed'],
    [2, 'active'],
  ])
  expect(await findGenerations(directory)).toEqual({ active: second, forLists: [] })
}, 60_000)

it('K28: refuses to activate a generation without a valid list in the bundle that verifiers fetch', async () => {
  const ca = await newCa()
  await ca.publish()
  const folders = await readdir(ca.lists)
  const gone = join(ca.lists, 'crl-bundle.pem')
  await rm(gone)
  expect(await reasonOf(() => ca.activate())).toBe('no-list')
  await ca.publish()
  await ca.clock.advance(days(91))
  const drilledAt = new Date(ca.clock.now())
  expect(await reasonOf(() => ca.activate({ drilledAt, minPublishedMs: 0 }))).toBe('no-list')
  expect(await readdir(ca.lists)).toEqual(folders)
  expect(await ca.states()).toEqual([
    [1, 'active'],
    [2, 'published'],
  ])
}, 60_000)

it('K28: refuses to activate a generation with the name or the key of another', async () => {
  const ca = await newCa()
  await ca.publish()
  await cp(join(ca.second, 'ca.crt'), join(ca.directory, 'ca.crt'))
  expect(await reasonOf(() => ca.activate())).toBe('same-ca')
}, 60_000)

it('K28: activates a generation by the report of its drill, of an operator who is trusted', async () => {
  const ca = await newCa()
  await ca.publish()
  const { privateKey: operatorKey, publicKey } = generateKeyPairSync('ed25519')
  const operators = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' })
  const backupPassphrase = newPassphrase()
  const { second: directory, lists, passphrase } = ca
  const wanted = { directory, lists, passphrase: held(passphrase), backupPassphrase }
  const { path: backup } = await backUp(wanted)
  const certificate = await readFile(join(directory, 'ca.crt'), 'utf8')
  const drill = { backup, certificate, opening: { passphrase: backupPassphrase } }
  const { signed } = await drillBackup({ ...drill, operatorKey })
  const by = { minPublishedMs: 0, drilledAt: new Date(ca.clock.now()) }
  await ca.clock.advance(days(1))
  expect(await reasonOf(() => ca.activate({ ...by, operators }))).toBe('no-drill')
  const found = { ...by, drillReport: signed }
  expect(await reasonOf(() => ca.activate({ ...found, operators: other.toString() }))).toBe(
    'other-operator',
  )
  const edited = { ...found, drillReport: signed.replace('"L2"', '"L3"') }
  expect(await reasonOf(() => ca.activate({ ...edited, operators }))).toBe('operator')
  expect(await ca.activate({ minPublishedMs: 0, drillReport: signed, operators })).toMatchObject({
    generation: 2,
    state: 'active',
  })
}, 60_000)

it('rolls back from each step before the old generation is retired, and removes a key that has issued nothing', async () => {
  const ca = await newCa()
  await ca.publish()
  await ca.activate()
  await ca.rollBack()
  expect(await findGenerations(ca.directory)).toEqual({
    active: ca.directory,
    forLists: [ca.second],
  })
  expect(await reasonOf(() => ca.rollBack())).toBe('issued')
  await ca.activate()
  expect((await findGenerations(ca.directory)).active).toBe(ca.second)
  const other = await newCa()
  await other.publish()
  await other.rollBack()
  expect([await other.states(), await other.listed()]).toEqual([
    [
      [1, 'active'],
      [2, 'prepared'],
    ],
    2,
  ])
  await other.rollBack()
  expect(await other.states()).toEqual([[1, 'active']])
  expect(existsSync(other.second)).toBe(false)
  expect(await reasonOf(() => other.rollBack())).toBe('nothing')
  const actionsIn = async ({ directory }: { directory: string }) =>
    (await readBiography({ directory })).entries.map(({ action }) => action)
  expect(await actionsIn(ca)).toContain('rotate-rolled-back')
  expect(await actionsIn(other)).toContain('rotate-abort')
}, 60_000)

it('K9: refuses an older generation that was put back, by its state or by its key', async () => {
  const ca = await newCa()
  await ca.publish()
  const path = join(ca.directory, 'rotation.json')
  const before = await readFile(path, 'utf8')
  await ca.activate()
  const after = await readFile(path, 'utf8')
  await writeFile(path, before)
  expect(await reasonOf(() => findGenerations(ca.directory))).toBe('generation')
  await rm(path)
  expect(await reasonOf(() => findGenerations(ca.directory))).toBe('rotation')
  await writeFile(path, after, { mode: 0o600 })
  for (const name of ['ca.key', 'ca.crt']) {
    await cp(join(ca.directory, name), join(ca.second, name))
  }
  expect(await reasonOf(() => findGenerations(ca.directory))).toBe('generation')
  for (const text of [after.slice(0, -20), '[]', after.replace('active', 'crl-only')]) {
    await writeFile(path, text)
    expect(await reasonOf(() => findGenerations(ca.directory))).toBe('rotation')
  }
}, 60_000)

it('passes over a name that a killed step has used up at the root, and takes a key that it has made', async () => {
  const { directory, passphrase, root } = await newIntermediate()
  const [lost] = [join(directory, 'generation-2')]
  await prepareGeneration({ directory, parent: root, passphrase })
  await rm(join(directory, 'rotation.json'))
  const adopted = await prepareGeneration({ directory, parent: root, passphrase })
  expect(adopted.generation).toBe(2)
  await rm(join(directory, 'rotation.json'))
  await rm(lost, { recursive: true })
  expect(await prepareGeneration({ directory, parent: root, passphrase })).toMatchObject({
    generation: 3,
    state: 'prepared',
  })
  expect((await stat(join(directory, 'generation-3'))).mode & 0o777).toBe(0o700)
}, 60_000)

it('forecasts the clients that fail, each once, and no certificate of another CA or that has ended', async () => {
  const { ca, root } = await newIntermediate()
  const now = new Date()
  const alice = orderFor({ subject: { commonName: 'alice' } })
  const orders = [
    alice,
    { ...alice, validityMs: days(60) },
    orderFor({ subject: { commonName: 'bob' }, validityMs: days(1) }),
    orderFor({ profile: 'server', subject: { commonName: 'vpn' } }),
  ]
  const issued = []
  for (const order of orders) issued.push((await ca.issueCertificate(order)).certificate)
  const text = [...issued, ca.certificate].join('')
  const at = (days_: number) =>
    forecast(text, ca.certificate, new Date(now.getTime() + days(days_)))
  expect(at(0)).toMatchObject({ certificates: 4, clients: 2 })
  expect(at(2)).toMatchObject({ certificates: 3, clients: 1 })
  expect(at(61)).toEqual({ certificates: 0, clients: 0 })
  expect(forecast(text, root.certificate, now)).toMatchObject({ certificates: 1, clients: 0 })
})

it('K14: a rollback that names its step changes nothing when it is repeated', async () => {
  const ca = await newCa()
  await ca.publish()
  await ca.rollBack('published')
  const after = await ca.states()
  expect(await reasonOf(() => ca.rollBack('published'))).toBe('other-step')
  expect(await reasonOf(() => ca.rollBack('active'))).toBe('other-step')
  expect(await ca.states()).toEqual(after)
  await ca.rollBack('prepared')
  expect(await reasonOf(() => ca.rollBack('prepared'))).toBe('nothing')
})
