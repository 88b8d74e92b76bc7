import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock, SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { failureOf, freshPath } from '../../test/ca.support.ts'
import { bareCa, forgedCrl } from '../../test/crl/crl.support.ts'
import { newDirectory } from '../../test/crl/publisher.support.ts'
import { listFolderOf } from './published-lists.ts'
import {
  isLockedByAnother,
  makeListFolder,
  openRevocationLists,
  preparedFolderOf,
  publishListsIn,
} from './revocation-lists.ts'

const { ca, keystore } = await bareCa()

it('makes the folder of a CA with its chain, which others can read, and keeps a chain that is there', async () => {
  const directory = await newDirectory()
  await makeListFolder(directory, ca)
  const folder = listFolderOf(directory, ca)
  expect(await readFile(join(folder, 'ca.crt'), 'utf8')).toBe(ca.chain)
  expect((await stat(folder)).mode & 0o777).toBe(0o755)
  expect((await stat(join(folder, 'ca.crt'))).mode & 0o777).toBe(0o644)
  await writeFile(join(folder, 'ca.crt'), 'kept')
  await makeListFolder(directory, ca)
  expect(await readFile(join(folder, 'ca.crt'), 'utf8')).toBe('kept')
})

it('takes over the folder that a killed command has prepared, unless there is one with files', async () => {
  const directory = await newDirectory()
  const [prepared, folder] = [preparedFolderOf(directory, ca), listFolderOf(directory, ca)]
  const prepare = async (text: string) => {
    await mkdir(prepared)
    await writeFile(join(prepared, 'crl.pem'), text)
  }
  await prepare('first')
  await makeListFolder(directory, ca)
  expect(await readdir(directory)).toEqual([ca.keyId.toString('hex')])
  await prepare('second')
  await makeListFolder(directory, ca)
  expect(await readFile(join(folder, 'crl.pem'), 'utf8')).toBe('first')
  expect(await readdir(directory)).toContain(`.new-${ca.keyId.toString('hex')}`)
})

it('names the folder where it cannot be made', async () => {
  const directory = join(freshPath(), 'none')
  const error = await failureOf(() => makeListFolder(directory, ca))
  expect(error).toMatchObject({ code: 'missing' })
  expect(error.message).toContain(listFolderOf(directory, ca))
  const taken = await newDirectory()
  await writeFile(listFolderOf(taken, ca), '')
  await mkdir(preparedFolderOf(taken, ca))
  await failureOf(() => makeListFolder(taken, ca))
})

it('publishes the lists of all folders as one bundle, and none while a folder has no list', async () => {
  const directory = await newDirectory()
  await makeListFolder(directory, ca)
  const bundle = join(directory, 'crl-bundle.pem')
  const publish = () => publishListsIn(directory, createFakeClock(Date.now() + 1000))
  expect((await failureOf(publish)).code).toBe('missing')
  expect(await readdir(directory)).not.toContain('crl-bundle.pem')
  const list = forgedCrl({ ca, keystore, privateKey: (await bareCa()).privateKey }, {})
  await writeFile(join(listFolderOf(directory, ca), 'crl.pem'), list)
  expect((await failureOf(publish)).code).toBe('rejected')
  const { crl } = await keystore.issueCrl({ number: 1n, revoked: [] })
  await writeFile(join(listFolderOf(directory, ca), 'crl.pem'), crl)
  await publish()
  expect(await readFile(bundle, 'utf8')).toBe(crl)
})

it('knows a lock that another process holds by the process in its error alone', () => {
  const errorOf = (details: Record<string, number>) =>
    new SecretError('conflict', 'the lock is taken; wait', details)
  expect(isLockedByAnother(errorOf({ pid: 7 }))).toBe(true)
  expect(isLockedByAnother(errorOf({}))).toBe(false)
  expect(isLockedByAnother(Object.assign(new Error('x'), { details: { pid: 7 } }))).toBe(false)
})

it('reports a folder of requests that is gone, and goes on when it is there again', async () => {
  const clock = createFakeClock(Date.UTC(2030, 0, 1))
  const { keystore: own } = await bareCa({ clock })
  const directory = await newDirectory()
  await using lists = await openRevocationLists({ keystores: [own], directory, everyMs: 10, clock })
  const path = join(directory, 'requests')
  expect(await lists.health()).toMatchObject({ state: 'fresh', waiting: 0, revoked: 0 })
  expect(await lists.health()).not.toHaveProperty('problem')
  await rm(path, { recursive: true })
  const failed = await failureOf(() => lists.renew())
  expect(failed).toMatchObject({ code: 'unreachable', details: { reason: 'crl' } })
  expect(failed.message).toContain('look at the directory and its disk')
  expect(await lists.health()).toMatchObject({ problem: 'unreachable' })
  await mkdir(path, { mode: 0o700 })
  await lists.renew()
  expect(await lists.health()).not.toHaveProperty('problem')
})
