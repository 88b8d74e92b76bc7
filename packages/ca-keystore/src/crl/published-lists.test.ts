import { chmod, mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { failureOf, freshPath, orderFor } from '../../test/ca.support.ts'
import { bareCa, forgedCrl } from '../../test/crl/crl.support.ts'
import {
  BundleReader,
  findIssuer,
  listFolderOf,
  readListedCas,
  readLists,
  serialOf,
} from './published-lists.ts'

type BareCa = Awaited<ReturnType<typeof bareCa>>

const [first, second] = [
  await bareCa({ commonName: 'First CA' }),
  await bareCa({ commonName: 'Second CA' }),
]
const revoked = (serial: string) => ({ serial, revokedAt: new Date() })

/** A directory of lists with the folders of CAs. */
async function newDirectory(...cas: readonly BareCa[]) {
  const directory = freshPath()
  await mkdir(directory)
  const folders = cas.map(({ ca }) => listFolderOf(directory, ca))
  for (const [n, folder] of folders.entries()) {
    await mkdir(folder)
    await writeFile(join(folder, 'ca.crt'), cas[n]?.keystore.chain ?? '')
  }
  const bundle = join(directory, 'crl-bundle.pem')
  return { directory, folders, bundle, put: (text: string) => writeFile(bundle, text) }
}

it.each([
  ['41', '41'],
  ['7FAB', '7fab'],
  ['1', '01'],
  ['800', '0800'],
  ['80', '0080'],
  ['9F', '009f'],
  ['FF00', '00ff00'],
  ['A', '0a'],
])('gives the serial that Node.js shows as %s as %s, as it was issued', (serialNumber, serial) => {
  expect(serialOf({ serialNumber })).toBe(serial)
})

it('finds the CA of a certificate, with what a request to revoke it needs', async () => {
  const issued = await second.keystore.issueCertificate(orderFor())
  const found = findIssuer(issued.certificate, [first.ca, second.ca])
  expect(found).toMatchObject({
    serial: issued.serial,
    notAfter: issued.notAfter,
    keyId: second.ca.keyId.toString('hex'),
  })
})

it('finds no CA by its name alone, and says where to revoke the certificate', async () => {
  const twin = await bareCa({ commonName: 'First CA' })
  const { certificate } = await twin.keystore.issueCertificate(orderFor())
  for (const cas of [[], [second.ca], [first.ca, second.ca]]) {
    const error = await failureOf(() => findIssuer(certificate, cas))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'other-ca' } })
    expect(error.message).toContain('revoke it at the CA that did')
  }
  const error = await failureOf(() => findIssuer('no certificate', [first.ca]))
  expect(error).toMatchObject({ code: 'malformed', details: { reason: 'certificate' } })
  expect(error.message).toContain('give it as it was issued')
})

it('reads the CAs of the folders that are named after a key, and no others', async () => {
  const { directory, folders } = await newDirectory(first, second)
  const keyId = first.ca.keyId.toString('hex')
  for (const name of [`${keyId}0`, `0${keyId}`, keyId.slice(1), `.new-${keyId}`, 'requests']) {
    await mkdir(join(directory, name))
  }
  const listed = await readListedCas(directory)
  expect(listed.map(({ folder }) => folder)).toEqual(folders.toSorted())
  expect(listed.map(({ ca }) => ca.name).toSorted()).toEqual([
    ...[first.ca.name, second.ca.name].toSorted(),
  ])
})

it('refuses a folder with the chain of another CA, and one without any', async () => {
  const { directory, folders } = await newDirectory(first)
  const [folder = ''] = folders
  await writeFile(join(folder, 'ca.crt'), second.keystore.chain)
  const error = await failureOf(() => readListedCas(directory))
  expect(error).toMatchObject({ code: 'refused', details: { path: folder, reason: 'other-ca' } })
  expect(error.message).toContain('restore it, or remove the folder')
  await rm(join(folder, 'ca.crt'))
  expect((await failureOf(() => readListedCas(directory))).code).toBe('missing')
})

it('reads the list of each CA, and refuses a folder that has none', async () => {
  const { directory, folders } = await newDirectory(first, second)
  const cas = await readListedCas(directory)
  await Promise.all(folders.map((folder) => writeFile(join(folder, 'crl.pem'), folder)))
  expect(await readLists(cas)).toEqual(folders.toSorted())
  await rm(join(folders[0] ?? '', 'crl.pem'))
  expect((await failureOf(() => readLists(cas))).code).toBe('missing')
})

it('reads the lists of a bundle with all of their serials, and none where none is published', async () => {
  const { directory, put } = await newDirectory(first, second)
  const reader = new BundleReader(directory)
  expect(await reader.read()).toBeUndefined()
  const lists = [
    forgedCrl(second, { revoked: [revoked('41'), revoked('42')] }),
    forgedCrl(first, { number: 9n, revoked: [revoked('43')] }),
  ]
  await put(lists.join(''))
  const read = await reader.read()
  expect(read?.lists.map(({ number }) => number)).toEqual([1n, 9n])
  expect(read?.serials).toEqual(new Set(['41', '42', '43']))
  expect(read?.text).toBe(lists.join(''))
})

it('reads a bundle again once it was replaced, and not before', async () => {
  const { directory, put, bundle } = await newDirectory(first)
  const reader = new BundleReader(directory)
  const seconds = Math.floor(Date.now() / 1000)
  const publish = async (text: string, at: number) => {
    await put(text)
    await utimes(bundle, at, at)
  }
  await publish(forgedCrl(first, { number: 1n }), seconds)
  const before = await reader.read()
  expect(await reader.read()).toBe(before)
  await publish(forgedCrl(first, { number: 2n }), seconds + 1)
  expect((await reader.read())?.lists).toMatchObject([{ number: 2n }])
  await publish('', seconds + 2)
  expect((await reader.read())?.lists).toEqual([])
  await chmod(bundle, 0o666)
  await utimes(bundle, seconds, seconds)
  expect((await failureOf(() => reader.read())).code).toBe('refused')
  await rm(bundle)
  expect(await reader.read()).toBeUndefined()
})

it('refuses a bundle with a list of a CA without a folder, and says to wait or to put the folder back', async () => {
  const { directory, put, bundle } = await newDirectory(first)
  await put(forgedCrl(first, {}) + forgedCrl(second, {}))
  const error = await failureOf(() => new BundleReader(directory).read())
  expect(error).toMatchObject({ code: 'refused', details: { path: bundle, reason: 'other-ca' } })
  expect(error.message).toMatch(
    /wait for the service to publish the next one, or put the folder back/,
  )
})
