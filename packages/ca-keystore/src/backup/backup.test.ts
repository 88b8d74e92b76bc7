// @lane servers
import { spawnSync } from 'node:child_process'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { beforeAll, expect, it } from 'vitest'
import {
  failureOf,
  freshPath,
  hasOpenssl,
  newPassphrase,
  newRoot,
  openHeld,
  orderFor,
} from '../../test/ca.support.ts'
import { newSerial } from '../../test/crl/crl.support.ts'
import {
  checkBackupOpens,
  readBackup,
  type Restoration,
  createBackup,
  parseCrl,
  restoreBackup,
} from '../internal.ts'
import { openCrlPublisher, readBiography } from '../index.ts'
import { openIssuer } from '../open-ca-keystore.ts'
import { backUp, held, newBackedUpCa, nextList, without } from '../../test/backup/backup.support.ts'
import { MANIFEST_FILE, signManifest } from './manifest.ts'

const OPENSSL = 'openssl'

replaceScrypt()

let ca: Awaited<ReturnType<typeof newBackedUpCa>>
let issuer: Awaited<ReturnType<typeof openIssuer>>
beforeAll(async () => {
  ca = await newBackedUpCa()
  const { directory, passphrase } = ca
  issuer = await openIssuer({ directory, passphrase: held(passphrase) })
})

/** A wish to restore the CA by the passphrase of its backup, with changes. */
function wish(changes: Partial<Restoration> = {}): Restoration {
  return {
    backup: ca.path,
    opening: { passphrase: ca.wanted.backupPassphrase },
    directory: freshPath(),
    passphrase: newPassphrase(),
    lists: freshPath(),
    published: join(ca.lists, 'crl.pem'),
    ...changes,
  }
}

/** A copy of the backup. */
async function copyOfBackup(): Promise<string> {
  const copy = freshPath()
  await cp(ca.path, copy, { recursive: true })
  return copy
}

it('restores a CA that issues as before and keeps its revocations, under a greater number', async () => {
  const { directory, passphrase, lists = '' } = wish()
  const restored = await restoreBackup(wish({ directory, passphrase, lists }))
  expect(restored).toMatchObject({ directory, crl: 2n, revoked: 1 })
  const next = await nextList({ directory, passphrase, lists })
  expect(next).toMatchObject({ number: '3', revoked: 1 })
  const { revoked } = parseCrl(await readFile(join(lists, 'crl.pem'), 'utf8'), ca.chain)
  expect(revoked).toMatchObject([{ serial: ca.serial, reason: 'keyCompromise' }])
  await using opened = await openHeld({ directory, passphrase })
  expect(opened.chain).toBe(ca.chain)
  const { certificate } = await opened.issueCertificate(orderFor())
  expect(new X509Certificate(certificate).verify(new X509Certificate(ca.chain).publicKey)).toBe(
    true,
  )
  const { verdict, entries } = await readBiography({ directory })
  expect(verdict).toMatchObject({ ok: true })
  expect(entries.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['create', 'escrow', 'restore', 'unlock']),
  )
  const anchor = ca.manifest.biography
  expect((await readBiography({ directory: ca.directory, anchor })).verdict.ok).toBe(true)
})

it('K29: restores by each pair of shares, and by no single one', async () => {
  const [alice, bob, carol] = ca.shares
  for (const [one, other] of [
    [alice, bob],
    [carol, alice],
    [bob, carol],
  ]) {
    const shares = [one ?? expect.fail(), other ?? expect.fail()]
    const { directory, passphrase } = wish()
    await restoreBackup(wish({ directory, passphrase, opening: { shares } }))
    await using opened = await openHeld({ directory, passphrase })
    expect(opened.chain).toBe(ca.chain)
  }
  await checkBackupOpens(await readBackup(ca.path), { shares: ca.shares })
  const alone = wish({ opening: { shares: ca.shares.slice(0, 1) } })
  expect(await failureOf(() => restoreBackup(alone))).toMatchObject({
    code: 'missing',
    details: { reason: 'too-few-shares' },
  })
})

it('K26: keeps the revocations and the number of a list that was published after the backup', async () => {
  const later = freshPath()
  await cp(ca.lists, later, { recursive: true })
  const serial = newSerial()
  const keystore = await openHeld(ca)
  await using publisher = await openCrlPublisher({ keystore, directory: later })
  await publisher.revoke({ serial, notAfter: keystore.notAfter })
  const { directory, passphrase, lists = '' } = wish()
  const published = join(later, 'bundle.pem')
  const { ca: other } = await newRoot('ed25519')
  const { crl } = await other.issueCrl({ number: 9n, revoked: [] })
  await writeFile(published, crl + (await readFile(join(later, 'crl.pem'), 'utf8')))
  const restored = await restoreBackup(wish({ directory, passphrase, lists, published }))
  expect(restored).toMatchObject({ crl: 3n, revoked: 2 })
  expect(await nextList({ directory, passphrase, lists })).toMatchObject({
    number: '4',
    revoked: 2,
  })
  expect(await readFile(join(directory, 'crl.number'), 'utf8')).toBe('4\n')
})

it('needs a place for the lists, and the list that verifiers have', async () => {
  const placeless = without(wish(), 'lists')
  const unpublished = without(wish(), 'published')
  expect(await failureOf(() => restoreBackup(placeless))).toMatchObject({
    code: 'missing',
    details: { reason: 'lists' },
  })
  expect(await failureOf(() => restoreBackup(unpublished))).toMatchObject({
    code: 'missing',
    details: { reason: 'published' },
  })
  const foreign = freshPath()
  const { ca: other } = await newRoot('ed25519')
  await writeFile(foreign, (await other.issueCrl({ number: 9n, revoked: [] })).crl)
  const strange = wish({ published: foreign })
  expect(await failureOf(() => restoreBackup(strange))).toMatchObject({ code: 'refused' })
  const lost = await restoreBackup(wish({ published: 'none' }))
  expect(lost).toMatchObject({ crl: 2n, revoked: 1 })
})

it('restores over nothing, and with no wrong passphrase', async () => {
  const wrong = wish({ opening: { passphrase: newPassphrase() } })
  expect(await failureOf(() => restoreBackup(wrong))).toMatchObject({ code: 'rejected' })
  const taken = wish({ directory: ca.directory })
  expect(await failureOf(() => restoreBackup(taken))).toMatchObject({ code: 'conflict' })
  const within = wish()
  const error = await failureOf(() =>
    restoreBackup({ ...within, lists: join(within.directory, 'lists') }),
  )
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'beside-key' } })
})

it.each([
  'ca.key',
  'ca.crt',
  'crl.number',
  'crl.pem',
  'revocations.json',
  'biography.log',
  'escrow.json',
  'recovery.pem',
  'manifest.json',
])(
  'K31: names %s if it is missing, also from a manifest that the CA signed without it',
  async (part) => {
    const backup = await copyOfBackup()
    await rm(join(backup, part))
    expect(await failureOf(() => readBackup(backup))).toMatchObject({
      code: 'missing',
      details: { part },
    })
    if (['ca.crt', 'manifest.json'].includes(part)) return
    await signed(backup, { ...ca.manifest, files: without(ca.manifest.files, part) })
    const error = await failureOf(() => restoreBackup(wish({ backup })))
    expect(error).toMatchObject({ code: 'missing', details: { part } })
  },
)

it('K31: misses the lists of a CA whose manifest states that it has issued none', async () => {
  const backup = await copyOfBackup()
  for (const name of ['crl.pem', 'revocations.json']) await rm(join(backup, name))
  const files = without(ca.manifest.files, 'crl.pem', 'revocations.json')
  await signed(backup, { ...without(ca.manifest, 'crl'), files })
  expect(await failureOf(() => readBackup(backup))).toMatchObject({ details: { part: 'crl.pem' } })
})

/** Signs a manifest as the CA would. */
async function signed(backup: string, content: typeof ca.manifest): Promise<void> {
  await writeFile(join(backup, MANIFEST_FILE), await signManifest(content, issuer.signer))
}

it('K31: refuses a backup of another CA, a changed file, an added one and a manifest that was edited', async () => {
  const { ca: other } = await newRoot('ed25519')
  const outcome = (path: string) => failureOf(() => readBackup(path, other.chain))
  expect(await outcome(ca.path)).toMatchObject({ code: 'refused', details: { reason: 'other-ca' } })
  for (const [name, change, expected] of [
    ['crl.pem', (text: string) => `${text}\n`, { code: 'rejected', details: { file: 'crl.pem' } }],
    ['more.txt', () => 'x', { code: 'refused', details: { file: 'more.txt' } }],
    [
      'manifest.json',
      (text: string) => text.replace('"crl":"2"', '"crl":"1"'),
      { code: 'rejected' },
    ],
    [
      'ca.key',
      (text: string) => text.replace('"generation":1', '"generation":2'),
      { code: 'rejected' },
    ],
  ] as const) {
    const backup = await copyOfBackup()
    const text = await readFile(join(backup, name), 'utf8').catch(() => '')
    await writeFile(join(backup, name), change(text))
    expect(await outcome(backup)).toMatchObject(expected)
  }
})

it('makes no backup that forgets revocations, holds a passphrase, or opens by nothing', async () => {
  const { wanted } = ca
  const forgetful = without(wanted, 'lists')
  const attempts = [
    [forgetful, 'lists'],
    [{ ...wanted, backupPassphrase: ca.passphrase }, 'same-passphrase'],
  ] as const
  for (const [options, reason] of attempts) {
    const error = await failureOf(() => backUp(options), [ca.passphrase.expose()])
    expect(error).toMatchObject({ details: { reason } })
  }
  const { directory, passphrase } = await newRoot()
  const bare = { directory, passphrase: held(passphrase) }
  expect(await failureOf(() => backUp(bare))).toMatchObject({ details: { reason: 'no-opening' } })
  const full = { ...bare, backupPassphrase: newPassphrase() }
  const within = { ...full, out: join(directory, 'backup') }
  expect(await failureOf(() => createBackup(within))).toMatchObject({
    details: { reason: 'beside-key' },
  })
  await writeFile(join(directory, 'ca.pass'), 'x', { mode: 0o600 })
  expect(await failureOf(() => backUp(full))).toMatchObject({
    details: { reason: 'unknown-file', file: 'ca.pass' },
  })
  await rm(join(directory, 'ca.pass'))
  await writeFile(join(directory, 'drill.json'), passphrase.expose(), { mode: 0o600 })
  const copied = await failureOf(() => backUp(full), [passphrase.expose()])
  expect(copied).toMatchObject({ details: { reason: 'passphrase-in-file', file: 'drill.json' } })
})

it('makes none of a key whose biography was cut', async () => {
  const { directory, passphrase } = await newRoot()
  await openHeld({ directory, passphrase })
  const log = join(directory, 'biography.log')
  const [first] = (await readFile(log, 'utf8')).split('\n')
  await writeFile(log, `${first}\n`)
  const wanted = { directory, passphrase: held(passphrase), backupPassphrase: newPassphrase() }
  expect(await failureOf(() => backUp(wanted))).toMatchObject({ details: { reason: 'biography' } })
})

it('backs up a root without an escrow and without lists, with the CAs that it issued and the head of the log', async () => {
  const { directory, passphrase } = await newRoot()
  const issued = `issued-${'0'.repeat(40)}.crt`
  await copyFile(join(directory, 'ca.crt'), join(directory, issued))
  await writeFile(join(directory, 'log-checkpoint'), 'head of the log\n', { mode: 0o600 })
  await mkdir(join(directory, 'generation-2'))
  const backupPassphrase = newPassphrase()
  const backup = await backUp({ directory, passphrase: held(passphrase), backupPassphrase })
  expect(backup.manifest.opens).toEqual(['passphrase'])
  const { directory: restored, passphrase: own } = wish()
  const rest = without(wish({ directory: restored, passphrase: own }), 'lists', 'published')
  const opening = { passphrase: backupPassphrase }
  await restoreBackup({ ...rest, opening, backup: backup.path })
  expect(await readdir(restored)).toEqual(
    expect.arrayContaining([issued, 'ca.key', 'ca.crt', 'log-checkpoint']),
  )
  const shares = { ...rest, directory: freshPath(), opening: { shares: [] }, backup: backup.path }
  expect(await failureOf(() => restoreBackup(shares))).toMatchObject({
    details: { reason: 'no-escrow' },
  })
})

it.skipIf(!hasOpenssl)('has a copy that stock openssl opens', () => {
  const args = ['pkey', '-in', join(ca.path, 'recovery.pem'), '-passin', 'stdin', '-pubout']
  const { stdout } = spawnSync(OPENSSL, args, {
    input: ca.wanted.backupPassphrase.expose(),
    encoding: 'utf8',
  })
  const { publicKey } = new X509Certificate(ca.chain)
  expect(createPublicKey(stdout).equals(publicKey)).toBe(true)
})
