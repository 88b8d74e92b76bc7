// @lane servers
import { appendFile, copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock } from '@rekey/secret'
import { expect, it, vi } from 'vitest'
import {
  days,
  failureOf,
  newIntermediate,
  newPassphrase,
  newRoot,
  openHeld,
  orderFor,
} from '../test/ca.support.ts'
import { changePassphrase, encryptForRecovery } from './internal.ts'
import { findGenerations, readBiography } from './index.ts'

/** A root that was opened twice after it was created; the CA signed all of it. */
async function newBiography() {
  const { directory, passphrase } = await newRoot()
  await openHeld({ directory, passphrase })
  const path = join(directory, 'biography.log')
  return { directory, passphrase, path, log: await readFile(path, 'utf8') }
}

const verdictOf = async (directory: string) => (await readBiography({ directory })).verdict

it('records the life of a key: created, opened, refused, copied, its passphrase changed', async () => {
  const { directory, passphrase } = await newBiography()
  const value = passphrase
  await failureOf(() => openHeld({ directory, passphrase: newPassphrase() }))
  const held = { value, origin: { kind: 'memory' } } as const
  await encryptForRecovery({ directory, passphrase: held, recoveryPassphrase: newPassphrase() })
  const replacement = newPassphrase()
  await changePassphrase({ directory, passphrase: held, replacement })
  const { verdict, entries } = await readBiography({ directory })
  expect(verdict).toMatchObject({ ok: true, entries: 6, signed: 3 })
  expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'create succeeded',
    'unlock succeeded',
    'unlock succeeded',
    'unlock failed',
    'copy-for-recovery succeeded',
    'change-passphrase succeeded',
  ])
  expect(new Set(entries.map(({ subject }) => subject)).size).toBe(1)
  await openHeld({ directory, passphrase: replacement })
  expect(await verdictOf(directory)).toMatchObject({ ok: true, entries: 7, signed: 7 })
  const text = await readFile(join(directory, 'biography.log'), 'utf8')
  for (const secret of [passphrase, replacement]) expect(text).not.toContain(secret.expose())
})

it.each<[string, (lines: string[]) => string[], object]>([
  ['an edit', ([a = '', ...rest]) => [a.replace('create', 'import'), ...rest], { line: 1 }],
  ['an edit at the end', (all) => [...all.slice(0, -1), edited(all.at(-1))], { line: 3 }],
  ['a deletion', ([a = '', , ...rest]) => [a, ...rest], { reason: 'removed', line: 2 }],
  ['another order', ([a = '', b = '', ...rest]) => [b, a, ...rest], { reason: 'reordered' }],
  ['a cut end', (all) => all.slice(0, -1), { reason: 'shortened', line: 3 }],
  ['a cut beginning', (all) => all.slice(1), { reason: 'removed', line: 1 }],
])('finds %s', async (_, change, verdict) => {
  const { directory, path, log } = await newBiography()
  await writeFile(path, `${change(log.trimEnd().split('\n')).join('\n')}\n`)
  expect(await verdictOf(directory)).toMatchObject({ ok: false, ...verdict })
  const refused = { code: 'refused', details: { reason: 'biography' } }
  await expect(findGenerations(directory)).rejects.toMatchObject(refused)
})

function edited(line = ''): string {
  return line.replace('succeeded', 'failed')
}

it('finds a log that is absent, one that no CA signed, and one that was begun anew', async () => {
  const { directory, passphrase, path } = await newBiography()
  const head = join(directory, 'biography.head')
  const { directory: other } = await newRoot('ed25519')
  await copyFile(join(other, 'biography.head'), head)
  expect(await verdictOf(directory)).toEqual({ ok: false, reason: 'unsigned' })
  await rm(head)
  await rm(path)
  expect(await verdictOf(directory)).toEqual({ ok: false, reason: 'absent' })
  await openHeld({ directory, passphrase })
  expect(await verdictOf(directory)).toMatchObject({ ok: false, reason: 'removed', line: 1 })
})

it('does not sign a damaged log again, but goes on in it', async () => {
  const { directory, passphrase, path, log } = await newBiography()
  await writeFile(path, log.replace('"unlock"', '"backup"'))
  const damage = await verdictOf(directory)
  expect(damage).toMatchObject({ ok: false, reason: 'edited', line: 2 })
  await openHeld({ directory, passphrase })
  expect(await verdictOf(directory)).toEqual(damage)
  expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(4)
})

it('finds a log that was put back as a whole by an end that was kept elsewhere', async () => {
  const { directory, passphrase } = await newBiography()
  const files = ['biography.log', 'biography.head'].map((name) => join(directory, name))
  for (const file of files) await copyFile(file, `${file}.old`)
  await openHeld({ directory, passphrase })
  const { verdict } = await readBiography({ directory })
  for (const file of files) await copyFile(`${file}.old`, file)
  expect(await verdictOf(directory)).toMatchObject({ ok: true, entries: 3 })
  const anchor = verdict.ok ? verdict.head : expect.fail('the log is sound')
  const anchored = await readBiography({ directory, anchor })
  expect(anchored.verdict).toMatchObject({ ok: false, reason: 'shortened', line: 4 })
})

it('has how much a key signed, once an hour and when it is closed, and no entry for each signature', async () => {
  const { directory, passphrase } = await newIntermediate()
  const clock = createFakeClock(Date.now())
  const ca = await openHeld({ directory, passphrase, clock })
  const counts = async () => {
    const { verdict, entries } = await readBiography({ directory })
    expect(verdict.ok).toBe(true)
    return entries.filter(({ action }) => action === 'sign-count').map(({ details }) => details)
  }
  for (let n = 0; n < 3; n += 1) await ca.issueCertificate(orderFor())
  await failureOf(() => ca.issueCertificate(orderFor({ csr: 'none' })))
  expect(await counts()).toEqual([])
  await clock.advance(days(1) / 24)
  await ca.issueCrl({ number: 1n, revoked: [] })
  const first = { certificates: 3, authorities: 0, lists: 1 }
  await vi.waitFor(async () => {
    expect(await counts()).toEqual([first])
  })
  await ca.issueCertificate(orderFor())
  await ca.close()
  await ca.close()
  expect(await counts()).toEqual([first, { certificates: 1, authorities: 0, lists: 0 }])
})

it('closes a key whose counts cannot be recorded', async () => {
  const { directory, ca } = await newIntermediate()
  await ca.issueCertificate(orderFor())
  const path = join(directory, 'biography.log')
  await appendFile(path, 'no entry\n')
  const before = await readFile(path, 'utf8')
  await ca.close()
  expect(await readFile(path, 'utf8')).toBe(before)
  expect(await failureOf(() => ca.issueCertificate(orderFor()))).toMatchObject({ code: 'disposed' })
})

it('opens no key whose opening cannot be recorded', async () => {
  const { directory, passphrase, path } = await newBiography()
  await appendFile(path, 'no entry\n')
  const error = await failureOf(() => openHeld({ directory, passphrase }))
  expect(error).toMatchObject({ code: 'malformed', details: { path } })
})

it('records what several processes do at one moment, each once', async () => {
  const { directory, passphrase } = await newBiography()
  await Promise.all([1, 2, 3].map(() => openHeld({ directory, passphrase })))
  expect(await verdictOf(directory)).toMatchObject({ ok: true, entries: 6 })
})
