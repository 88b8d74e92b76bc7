// @lane servers
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@rekey/secret'
import { beforeAll, expect, it, vi } from 'vitest'
import { backUp, held, newBackedUpCa } from '../../test/backup/backup.support.ts'
import { days, failureOf, freshPath, newPassphrase, newRoot } from '../../test/ca.support.ts'
import { checkDrill, drillGauge, readBiography } from '../index.ts'
import {
  drillBackup,
  drillHealth,
  inspectKeystore,
  verifyDrillReport,
  describeReport,
  lastDrill,
  openOperatorKey,
} from '../internal.ts'
import { parseReport } from './drill-report.ts'
import { signAsOperator } from './operator-signature.ts'
import { type DrillJob, runDrill } from './run-drill.ts'

let ca: Awaited<ReturnType<typeof newBackedUpCa>>
beforeAll(async () => {
  ca = await newBackedUpCa()
})

const opening = () => ({ passphrase: ca.wanted.backupPassphrase })

/** Does a drill in this process. */
async function drillHere(changes: Partial<DrillJob>): Promise<string> {
  const scratch = await mkdtemp(join(await realpath(tmpdir()), 'rekey-test-drill-'))
  const by = { passphrase: ca.wanted.backupPassphrase.expose() }
  try {
    const common = { backup: ca.path, certificate: ca.chain, scratch, opening: by }
    return await runDrill({ ...common, ...changes })
  } finally {
    await rm(scratch, { recursive: true })
  }
}

/** An operator, with a key of a kind. */
function newOperator() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { key: privateKey, pem: publicKey.export({ format: 'pem', type: 'spki' }).toString() }
}

it('restores by the passphrase (level L2) in a new process, signs, issues, goes on with the lists, and reports', async () => {
  const { directory, path: backup, chain: certificate } = ca
  expect(await drillHealth({ directory })).toEqual({ state: 'absent' })
  const scratch = freshPath()
  await mkdir(scratch)
  vi.stubEnv('TMPDIR', scratch)
  const { key: operatorKey, pem: operators } = newOperator()
  const place = { backup, certificate, directory }
  const drilled = await drillBackup({ ...place, opening: opening(), operatorKey })
  const { report, operator } = drilled
  expect(report).toMatchObject({
    level: 'L2',
    steps: ['verify', 'restore', 'sign', 'issue', 'revocation-list'],
    revoked: 1,
    subject: 'CN=Test Issuing CA G1',
  })
  expect(verifyDrillReport({ text: drilled.signed, certificate, operators })).toEqual({
    ...{ report, operator },
  })
  expect(describeReport(drilled)).toContain(`signed by sha256 ${operator}`)
  expect(describeReport({ report })).toContain('none has signed')
  expect(describeReport({ report })).toContain(
    'L2: restored by its passphrase into an empty directory',
  )
  vi.unstubAllEnvs()
  expect(await readdir(scratch)).toEqual([])
  const last = await lastDrill({ directory })
  expect(last).toMatchObject({ report, operator })
  expect((await inspectKeystore({ directory })).biography?.lastDrill).toBeInstanceOf(Date)
  const { entries } = await readBiography({ directory })
  expect(entries.at(-1)).toMatchObject({
    action: 'drill',
    details: { level: 'L2', manifest: report.backup, operator },
  })
})

it('restores by a quorum (level L3) of shares', async () => {
  const shares = ca.shares.slice(1).map(({ name, text }) => ({ name, text: text.expose() }))
  const proved = parseReport(await drillHere({ opening: { shares } }), issuerKey())
  expect(proved.report).toMatchObject({ level: 'L3', shares: ['Bob', 'Carol'] })
  expect(describeReport(proved)).toContain('L3: restored by the shares Bob, Carol')
})

const issuerKey = () => new X509Certificate(ca.chain).publicKey

it('names an operator who did not sign the report, who is none of those trusted, or whose signature is of another report', async () => {
  const [report, later] = [await drillHere({}), await drillHere({})]
  const [alice, bob] = [newOperator(), newOperator()]
  const signed = await signAsOperator(report, alice.key)
  const verify = (text: string, operators = bob.pem) =>
    verifyDrillReport({ text, certificate: ca.chain, operators })
  const { operator } = verify(signed, bob.pem + alice.pem)
  const refusals = [
    [signed, 'refused', { reason: 'other-operator', operator }],
    [report, 'missing', { reason: 'no-operator' }],
    [later + signed.slice(report.length), 'rejected', { reason: 'operator' }],
    [signed.replace('"L2"', '"L3"'), 'rejected', { reason: 'operator' }],
    [`${signed}more\n`, 'rejected', { reason: 'operator' }],
    [signed.slice(0, -2), 'rejected', { reason: 'drill-report' }],
    [report.replace('"L2"', '"L3"'), 'rejected', { reason: 'drill-report' }],
  ] as const
  for (const [text, code, details] of refusals) {
    expect(await failureOf(() => verify(text))).toMatchObject({ code, details })
  }
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  for (const operators of [pem, ca.chain, '']) {
    expect(await failureOf(() => verify(signed, operators))).toMatchObject({ code: 'malformed' })
  }
}, 60_000)

it('opens the key of an operator that is Ed25519 and encrypted, and no other', async () => {
  const passphrase = newPassphrase()
  const fileOf = (key: KeyObject, by?: string) =>
    Buffer.from(
      key.export({
        ...{ format: 'pem', type: 'pkcs8' },
        ...(by !== undefined && { cipher: 'aes-256-cbc', passphrase: by }),
      }),
    )
  const { key: alice } = newOperator()
  const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const own = fileOf(alice, passphrase.expose())
  expect((await openOperatorKey({ key: own, passphrase })).equals(alice)).toBe(true)
  expect(own.every((byte) => byte === 0)).toBe(true)
  for (const [key, details] of [
    [fileOf(alice), { reason: 'operator-key' }],
    [fileOf(ec, passphrase.expose()), { reason: 'operator-key' }],
    [fileOf(alice, newPassphrase().expose()), { reason: 'unlock' }],
  ] as const) {
    const error = await failureOf(() => openOperatorKey({ key, passphrase }), [passphrase.expose()])
    expect(error.details).toEqual(details)
  }
})

it('K31: fails in its process with the part that is missing, and reports nothing', async () => {
  const backup = freshPath()
  await cp(ca.path, backup, { recursive: true })
  await rm(join(backup, 'revocations.json'))
  const { directory } = await newRoot()
  const attempt = () =>
    drillBackup({ backup, opening: opening(), certificate: ca.chain, directory })
  const error = await failureOf(attempt, [ca.wanted.backupPassphrase.expose()])
  expect(error).toMatchObject({ code: 'missing', details: { part: 'revocations.json' } })
  expect(await lastDrill({ directory })).toBe(undefined)
})

it('K31: fails for the certificate of another CA, and for a wrong passphrase', async () => {
  const { ca: other } = await newRoot('ed25519')
  expect(await failureOf(() => drillHere({ certificate: other.chain }))).toMatchObject({
    details: { reason: 'other-ca' },
  })
  const wrong = { passphrase: newPassphrase().expose() }
  expect(await failureOf(() => drillHere({ opening: wrong }))).toMatchObject({
    code: 'rejected',
  })
})

it('drills a root that issues CAs alone and has no lists', async () => {
  const { directory, passphrase, ca: root } = await newRoot('ecdsa-p256', [])
  const backupPassphrase = newPassphrase()
  const { path } = await backUp({ directory, passphrase: held(passphrase), backupPassphrase })
  const opened = { passphrase: backupPassphrase.expose() }
  const signed = await drillHere({ backup: path, certificate: root.chain, opening: opened })
  expect(signed).toContain('"level":"L2"')
  const { entries } = await readBiography({ directory })
  expect(entries.map(({ action }) => action)).not.toContain('drill')
  expect((await readdir(directory)).filter((name) => name.startsWith('issued-'))).toEqual([])
})

it('is stale after its longest age, and not fresh if the report was made by another key, edited or in the future', async () => {
  const { directory } = await newRoot()
  const path = join(directory, 'drill.json')
  const at = (ms: number) => ({ ...systemClock, now: () => Date.now() + ms })
  await writeFile(path, await readFile(join(ca.directory, 'drill.json')), { mode: 0o600 })
  expect(await drillHealth({ directory })).toEqual({ state: 'unknown', problem: 'rejected' })
  const of = (ms: number, maxAgeMs?: number) =>
    drillHealth({ directory: ca.directory, clock: at(ms), ...(maxAgeMs && { maxAgeMs }) })
  await checkDrill({ directory: ca.directory })
  const undrilled = await failureOf(() => checkDrill({ directory }))
  expect(undrilled).toMatchObject({
    code: 'refused',
    details: { reason: 'no-drill', state: 'unknown' },
  })
  expect(await of(0)).toMatchObject({ state: 'fresh', level: 'L2' })
  expect(await of(days(29))).toMatchObject({ state: 'fresh' })
  expect(await of(days(31))).toMatchObject({ state: 'stale' })
  expect(await of(days(2), days(1))).toMatchObject({ state: 'stale' })
  expect(await of(-days(1))).toEqual({ state: 'stale', level: 'L2' })
  const gaugeOf = (ms: number) => drillGauge({ directory: ca.directory, clock: at(ms) }).value()
  expect(await gaugeOf(days(31))).toBe((await of(days(31))).ageSeconds)
  expect(await gaugeOf(days(31))).toBeGreaterThan(30 * 86_400)
  expect(await gaugeOf(-days(1))).toBe(Infinity)
  expect(await drillGauge({ directory }).value()).toBe(Infinity)
  expect(await drillHealth({ directory: join(directory, 'none') })).toMatchObject({
    state: 'unknown',
    problem: 'missing',
  })
})
