import { randomBytes } from 'node:crypto'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { beforeAll, expect, it } from 'vitest'
import { backUp, held } from '../../test/backup/backup.support.ts'
import { MANIFEST_FILE, sha256, signManifest } from '../backup/manifest.ts'
import { recordLife } from '../biography.ts'
import { failureOf, freshPath, newPassphrase, newRoot } from '../../test/ca.support.ts'
import {
  checkShare,
  createEscrow,
  inspectKeystore,
  recordShareCheck,
  reshareEscrow,
  restoreBackup,
  stateShareCheck,
  type CustodianShare,
  type KeyAlgorithm,
  type PresentedShare,
  readBackup,
} from '../internal.ts'
import type { Issuer } from '../issuer.ts'
import { openIssuer } from '../open-ca-keystore.ts'
import { combineShares } from './combine-shares.ts'
import { parseAuthority, signAuthority, signSet } from './escrow-set.ts'
import { splitSecret } from './split-secret.ts'

replaceScrypt()

const HOLDERS = ['Alice', 'Bob', 'Carol']
type Escrowed = Awaited<ReturnType<typeof newEscrowed>>
let ca: Escrowed
let other: Escrowed
let issuer: Issuer

/** A root whose key is in escrow by 2 of 3. */
async function newEscrowed(algorithm?: KeyAlgorithm) {
  const { directory, passphrase, ca: opened } = await newRoot(algorithm)
  await opened.close()
  const shares = await escrowOf({ directory, passphrase: held(passphrase) })
  const text = await readFile(join(directory, 'escrow.json'), 'utf8')
  return { directory, passphrase: held(passphrase), text, shares }
}

/** Creates an escrow. @returns its shares */
async function escrowOf(place: { directory: string; passphrase: ReturnType<typeof held> }) {
  let made: readonly CustodianShare[] = []
  const deliver = (shares: readonly CustodianShare[]) => Promise.resolve(void (made = shares))
  await createEscrow({ ...place, threshold: 2, holders: HOLDERS, deliver })
  return made.map((share): PresentedShare => ({ name: share.holder, ...share }))
}

beforeAll(async () => {
  ca = await newEscrowed()
  other = await newEscrowed('ed25519')
  issuer = await openIssuer(ca)
})

/** A copy of the keystore with another `escrow.json`, or none. */
async function keystoreWith(text: string | undefined): Promise<string> {
  const directory = freshPath()
  await cp(ca.directory, directory, { recursive: true })
  await rm(join(directory, 'escrow.json'))
  if (text !== undefined) {
    await writeFile(join(directory, 'escrow.json'), text, { mode: 0o600 })
  }
  return directory
}

/** An escrow that the key of the CA has signed for another identity. */
async function escrowFor(changes: Partial<Issuer['identity']>): Promise<string> {
  const secret = randomBytes(32)
  const signer = { signer: issuer.signer, identity: { ...issuer.identity, ...changes } }
  const authority = await signAuthority(signer, secret)
  const wanted = { threshold: 2, holders: HOLDERS, created: new Date() }
  const { signed } = await splitSecret(secret, wanted, parseAuthority(authority))
  return authority + signed
}

/** The set of an escrow as its shares could sign it, with another threshold and under the same name. */
async function withThreshold(threshold: number): Promise<string> {
  const { secret } = await combineShares(ca.text, ca.shares)
  const [one = '', two = '', three = ''] = ca.text.split('\n')
  const set = JSON.parse(three) as Parameters<typeof signSet>[0]
  return `${one}\n${two}\n${await signSet({ ...set, threshold }, secret)}`
}

const FOREIGN = [
  ['another CA', () => Promise.resolve(other.text), 'escrow-other-ca'],
  ['another generation', () => escrowFor({ generation: 2 }), 'escrow-other-ca'],
  ['another id', () => escrowFor({ id: crypto.randomUUID() }), 'escrow-other-ca'],
  ['the CA, and not recorded', () => escrowFor({}), 'escrow-not-recorded'],
  ['another threshold', () => withThreshold(3), 'escrow-not-recorded'],
  ['nobody: it is absent', () => Promise.resolve(undefined), 'escrow-lost'],
] as const

it.each(FOREIGN)(
  'K36: backup, new shares, record and show refuse an escrow of %s',
  async (_, escrow, reason) => {
    const directory = await keystoreWith(await escrow())
    const { passphrase, shares, text } = ca
    const deliver = () => expect.fail('nothing is handed over')
    const share = shares[0] ?? expect.fail('there are shares')
    const { statement } = await stateShareCheck({ escrow: text, share })
    const attempts = [
      () => backUp({ directory, passphrase, backupPassphrase: newPassphrase() }),
      () => reshareEscrow({ directory, shares, threshold: 2, holders: HOLDERS, deliver }),
      () => recordShareCheck({ directory, statement }),
    ]
    for (const attempt of attempts) {
      expect(await failureOf(attempt)).toMatchObject({ details: { reason } })
    }
    const { problems } = await inspectKeystore({ directory })
    expect(problems).toMatchObject([{ details: { reason } }])
    expect(problems[0]?.message).toContain('rekey ca escrow create DIRECTORY')
    await escrowOf({ directory, passphrase })
    expect(await inspectKeystore({ directory })).toMatchObject({ problems: [] })
    await backUp({ directory, passphrase })
  },
)

it('K36: refuses an earlier escrow of the CA that was put back', async () => {
  const directory = await keystoreWith(ca.text)
  await escrowOf({ directory, passphrase: ca.passphrase })
  await writeFile(join(directory, 'escrow.json'), ca.text)
  const wanted = { directory, passphrase: ca.passphrase }
  expect(await failureOf(() => backUp(wanted))).toMatchObject({
    code: 'refused',
    details: { reason: 'escrow-not-recorded' },
  })
})

it('K36: check refuses an escrow of another CA for a share', async () => {
  const share = ca.shares[0] ?? expect.fail('there are shares')
  for (const attempt of [checkShare, stateShareCheck]) {
    const error = await failureOf(() => attempt({ escrow: other.text, share }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'other-ca' } })
  }
})

/** A backup as an earlier version made it: of whatever escrow lay beside the key. */
async function backupWith(escrow: string): Promise<string> {
  const backupPassphrase = newPassphrase()
  const { path, manifest } = await backUp({ ...ca, backupPassphrase })
  const files = { ...manifest.files, 'escrow.json': sha256(escrow) }
  await writeFile(join(path, 'escrow.json'), escrow)
  await writeFile(
    join(path, MANIFEST_FILE),
    await signManifest({ ...manifest, files }, issuer.signer),
  )
  return path
}

it('K36: restore refuses a backup that was made for another escrow', async () => {
  for (const [name, escrow, reason] of FOREIGN) {
    const text = await escrow()
    if (text === undefined) continue
    const backup = await backupWith(text)
    const wanted = { backup, directory: freshPath(), passphrase: newPassphrase() }
    const opening = { shares: ca.shares }
    for (const attempt of [() => readBackup(backup), () => restoreBackup({ ...wanted, opening })]) {
      expect(await failureOf(attempt), name).toMatchObject({ details: { reason } })
    }
  }
})

it('K36: restore refuses a newer escrow that is not one of the CA', async () => {
  const { path: backup } = await backUp(ca)
  const opening = { shares: other.shares, escrow: other.text }
  const wanted = { backup, opening, directory: freshPath(), passphrase: newPassphrase() }
  expect(await failureOf(() => restoreBackup(wanted))).toMatchObject({
    details: { reason: 'escrow-other-ca' },
  })
})

it('takes an escrow that an earlier version recorded, unless that was replaced', async () => {
  const { directory, passphrase, ca: opened } = await newRoot()
  await opened.close()
  const place = { directory, passphrase: held(passphrase) }
  const key = await openIssuer(place)
  const secret = randomBytes(32)
  const authority = await signAuthority(key, secret)
  const created = new Date()
  const stated = parseAuthority(authority)
  const { signed } = await splitSecret(secret, { threshold: 2, holders: HOLDERS, created }, stated)
  await writeFile(join(directory, 'escrow.json'), authority + signed, { mode: 0o600 })
  const { set } = JSON.parse(signed.split('\n')[0] ?? '') as { set: string }
  const event = { action: 'escrow', details: { set, threshold: 2, shares: 3 } } as const
  await recordLife(key, event)
  const { path } = await backUp(place)
  await recordLife(key, event)
  expect(await failureOf(() => backUp(place))).toMatchObject({
    details: { reason: 'escrow-not-recorded' },
  })
  await readBackup(path)
})

it('K36: an escrow whose shares do not restore the key does not take effect', async () => {
  const directory = await keystoreWith(ca.text)
  const foreign = other.shares.map(({ name, text }, at) => ({ holder: name, index: at + 1, text }))
  const deliver = (shares: readonly CustodianShare[]) => {
    ;(shares as CustodianShare[]).splice(0, 3, ...foreign)
    return Promise.resolve()
  }
  const { passphrase } = ca
  const wanted = { directory, passphrase, threshold: 2, holders: HOLDERS, deliver }
  expect(await failureOf(() => createEscrow(wanted))).toMatchObject({ code: 'refused' })
  expect(await readFile(join(directory, 'escrow.json'), 'utf8')).toBe(ca.text)
  expect((await readdir(directory)).filter((name) => name.startsWith('escrow'))).toEqual([
    'escrow.json',
  ])
})
