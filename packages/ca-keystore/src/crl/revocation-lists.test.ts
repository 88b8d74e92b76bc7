import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock } from '@rekey/secret'
import type { FakeClock } from '@rekey/secret/internal'
import { expect, it, onTestFinished } from 'vitest'
import { days, failureOf, newIntermediate, orderFor } from '../../test/ca.support.ts'
import { openCrlPublisher, openRevocationLists, type RevocationListsOptions } from '../index.ts'
import { requestRevocation } from '../internal.ts'
import { bareCa, newSerial } from '../../test/crl/crl.support.ts'
import { newDirectory } from '../../test/crl/publisher.support.ts'

/** A directory of lists, and CAs whose keys are in this process. */
async function newPlace({ count = 1, clock }: { count?: number; clock?: FakeClock } = {}) {
  const directory = await newDirectory()
  const cas = []
  for (let n = 1; n <= count; n += 1) {
    const commonName = `Example CA G${n}`
    const at = { commonName, directory: await newDirectory(), ...(clock && { clock }) }
    cas.push(await bareCa(at))
  }
  const keystores = cas.map(({ keystore }) => keystore)
  const open = async (changes: Partial<RevocationListsOptions> = {}) => {
    const options = { keystores, directory, everyMs: 20, ...(clock && { clock }), ...changes }
    const lists = await openRevocationLists(options)
    onTestFinished(() => lists.close())
    return lists
  }
  const folders = cas.map(({ ca }) => join(directory, ca.keyId.toString('hex')))
  return { directory, cas, keystores, open, folders }
}

it('publishes an empty list of each generation as one bundle first, then with what is revoked', async () => {
  const { open, directory } = await newPlace({ count: 2 })
  const lists = await open()
  expect((await lists.read())?.lists.map(({ revoked }) => revoked)).toEqual([[], []])
  const serial = newSerial()
  await lists.revoke([{ serial, reason: 'superseded' }])
  const published = await lists.read()
  expect(published?.serials).toEqual(new Set([serial]))
  expect(published?.text).toBe(await readFile(join(directory, 'crl-bundle.pem'), 'utf8'))
  expect(await lists.health()).toMatchObject({ state: 'fresh', revoked: 1, waiting: 0 })
  expect(await readdir(join(directory, 'requests'))).toEqual([])
})

it('revokes at the CA that issued the certificate alone, and refuses one of another CA', async () => {
  const { open, keystores } = await newPlace({ count: 2 })
  const lists = await open()
  const { certificate, serial, notAfter } = await issuedBy(keystores[1])
  const found = lists.identify(certificate)
  expect(found).toMatchObject({ serial, notAfter })
  await lists.revoke([found])
  const revoked = (await lists.read())?.lists.map((list) => list.revoked.length)
  expect(revoked?.toSorted()).toEqual([0, 1])
  const { keystore: other } = await bareCa({ commonName: 'Example CA G1' })
  const foreign = (await issuedBy(other)).certificate
  for (const [text, reason] of [
    [foreign, 'other-ca'],
    ['no certificate', 'certificate'],
  ] as const) {
    const failure = await failureOf(() => lists.identify(text))
    expect(failure.details['reason']).toBe(reason)
  }
})

function issuedBy(keystore: Awaited<ReturnType<typeof bareCa>>['keystore'] | undefined) {
  if (keystore === undefined) throw new Error('no such CA')
  return keystore.issueCertificate(orderFor())
}

it('lets one process publish, and another take over what was recorded while none did', async () => {
  const { open, directory } = await newPlace()
  const [first, second] = [await open(), await open()]
  expect([await first.health(), await second.health()]).toMatchObject([
    { isPublisher: true },
    { isPublisher: false },
  ])
  const serials = [newSerial(), newSerial(), newSerial()] as const
  await Promise.all([
    second.revoke([{ serial: serials[0] }]),
    requestRevocation({ directory, requests: [{ serial: serials[1] }] }),
  ])
  await first.close()
  await second.revoke([{ serial: serials[2] }])
  expect((await second.read())?.serials).toEqual(new Set(serials))
  expect(await second.health()).toMatchObject({ isPublisher: true, waiting: 0 })
})

it('keeps a request that no process publishes, with the words for what to do, and publishes it at the next start', async () => {
  const { open, directory } = await newPlace()
  const requests = [{ serial: newSerial(), reason: 'keyCompromise' as const }]
  const before = await failureOf(() => requestRevocation({ directory, requests }))
  expect(before.code).toBe('missing')
  await (await open()).close()
  const failure = await failureOf(() => requestRevocation({ directory, requests, limitMs: 50 }))
  expect(failure).toMatchObject({ code: 'unreachable', details: { reason: 'not-published' } })
  expect(failure.message).toContain('nothing is to be repeated')
  const lists = await open()
  expect((await lists.read())?.lists[0]?.revoked).toMatchObject(requests)
  await requestRevocation({ directory, requests, limitMs: 50 })
})

it('leaves out a request that was cut off or edited, reports it, and publishes the others', async () => {
  const { open, directory } = await newPlace()
  const lists = await open()
  const half = newSerial()
  const path = join(directory, 'requests', `${half}.json`)
  const whole = JSON.stringify({ serial: half, at: new Date() })
  const serial = newSerial()
  for (const text of [
    whole.slice(0, 30),
    whole.replace(half, serial),
    `${whole.slice(0, -1)},"a":1}`,
  ]) {
    await writeFile(path, text, { mode: 0o600 })
    const revoked = newSerial()
    await lists.revoke([{ serial: revoked }])
    expect((await lists.read())?.serials).toContain(revoked)
    expect((await lists.read())?.serials).not.toContain(half)
    expect(await lists.health()).toMatchObject({ problem: 'malformed' })
  }
  await failureOf(() => lists.revoke([{ serial: '../../etc/passwd' }]))
})

it('K27: publishes no bundle without the list of the root, and begins once the list of the root is there', async () => {
  const { ca, root } = await newIntermediate()
  const [directory, offline] = [await newDirectory(), await newDirectory()]
  const options = { keystores: [ca], directory, everyMs: 20 }
  const failure = await failureOf(() => openRevocationLists(options))
  expect(failure).toMatchObject({ code: 'missing', details: { reason: 'crl-bundle' } })
  await using atRoot = await openRevocationLists({ keystores: [root], directory: offline })
  const folder = (await readdir(offline)).find((name) => /^[0-9a-f]{40}$/.test(name)) ?? ''
  await cp(join(offline, folder), join(directory, folder), { recursive: true })
  await using lists = await openRevocationLists(options)
  expect((await lists.read())?.lists).toHaveLength(2)
  const { certificate } = await ca.issueCertificate(orderFor())
  await lists.revoke([lists.identify(certificate)])
  await atRoot.revoke([{ serial: newSerial(), reason: 'cACompromise' }])
  await rename(join(offline, folder, 'crl.pem'), join(directory, folder, 'crl.pem'))
  await expect.poll(async () => (await lists.read())?.serials.size).toBe(2)
})

it('reports a bundle of which one list is past half of its validity as late, and publishes it again where it was removed', async () => {
  const clock = createFakeClock()
  const { open, folders, directory, keystores } = await newPlace({ clock })
  const lists = await open()
  await lists.close()
  expect((await lists.health()).state).toBe('fresh')
  for (const [passed, state] of [
    [3.6, 'late'],
    [3.6, 'expired'],
  ] as const) {
    await clock.advance(days(passed))
    expect((await lists.health()).state).toBe(state)
  }
  await rm(join(directory, 'crl-bundle.pem'))
  expect((await lists.health()).state).toBe('absent')
  await using publisher = await openCrlPublisher({
    keystore: keystores[0] ?? (await bareCa()).keystore,
    directory: folders[0] ?? '',
  })
  await publisher.close()
  expect((await (await open()).health()).state).toBe('fresh')
})

it('revokes a request that a clock ahead has dated, at the time of publication', async () => {
  const { open, directory } = await newPlace()
  const lists = await open()
  const serial = newSerial()
  const at = new Date(Date.now() + days(2))
  const path = join(directory, 'requests', `${serial}.json`)
  await writeFile(path, JSON.stringify({ serial, at }), { mode: 0o600 })
  await lists.revoke([{ serial }])
  const [entry] = (await lists.read())?.lists[0]?.revoked ?? []
  expect(entry?.revokedAt.getTime()).toBeLessThanOrEqual(Date.now())
})
