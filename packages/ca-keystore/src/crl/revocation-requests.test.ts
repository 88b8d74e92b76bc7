import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { failureOf, freshPath } from '../../test/ca.support.ts'
import {
  fileRequests,
  makeRequestFolder,
  readRequests,
  removeRequests,
  type RevocationRequest,
} from './revocation-requests.ts'

const NOW_MS = Date.UTC(2030, 0, 1)
const AT = new Date(NOW_MS)
const KEY_ID = 'ab'.repeat(20)

/** A directory of lists with a folder of requests. */
async function newPlace() {
  const directory = freshPath()
  await mkdir(directory, { mode: 0o700 })
  await makeRequestFolder(directory, NOW_MS)
  const folder = join(directory, 'requests')
  const put = async (text: string, name = '41.json') => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const file = (...requests: readonly RevocationRequest[]) => fileRequests(directory, requests, AT)
  return { directory, folder, put, file, read: () => readRequests(directory) }
}

it('files requests in a folder of its user alone, reads them as they were, and removes them', async () => {
  const { directory, folder, file, read } = await newPlace()
  const full = { serial: '41', notAfter: AT, reason: 'superseded' as const, keyId: KEY_ID }
  await file({ serial: '42' }, full)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  const found = await read()
  expect(found).toEqual({
    requests: [
      { ...full, at: AT, path: join(folder, '41.json') },
      { serial: '42', at: AT, path: join(folder, '42.json') },
    ],
  })
  expect(await readFile(join(folder, '42.json'), 'utf8')).toMatch(/^\{.*\}\n$/)
  await removeRequests(found.requests)
  await removeRequests(found.requests)
  expect(await readdir(folder)).toEqual([])
  await makeRequestFolder(directory, NOW_MS)
})

it.each(['', '80', '4', 'AB', '../41', `41${'00'.repeat(20)}`])(
  'files none of several requests if one has the serial %j, and says how to give it',
  async (serial) => {
    const { file, folder } = await newPlace()
    const error = await failureOf(() => file({ serial: '41' }, { serial }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'serial' } })
    expect(error.message).toContain('give it as the certificate was issued with it')
    expect(await readdir(folder)).toEqual([])
  },
)

it('files nothing where no process has published yet, or others can reach the folder', async () => {
  const { directory, folder } = await newPlace()
  const fileIn = (place: string) => failureOf(() => fileRequests(place, [{ serial: '41' }], AT))
  expect(await fileIn(freshPath())).toMatchObject({ code: 'missing' })
  await chmod(folder, 0o777)
  expect(await fileIn(directory)).toMatchObject({ code: 'refused' })
  expect(await failureOf(() => makeRequestFolder(directory, NOW_MS))).toMatchObject({
    code: 'refused',
  })
})

it('makes no folder of requests where there is no directory, or where a file is in its place', async () => {
  const missing = freshPath()
  expect((await failureOf(() => makeRequestFolder(missing, NOW_MS))).code).toBe('missing')
  const directory = freshPath()
  await mkdir(directory)
  await writeFile(join(directory, 'requests'), '')
  await failureOf(() => makeRequestFolder(directory, NOW_MS))
})

it('removes the drafts of processes that ended more than ten minutes ago, and nothing else', async () => {
  const { directory, folder, put } = await newPlace()
  const ages = { '41.json.1.tmp': 600_001, '42.json.2.tmp': 600_000, '43.json': 900_000 }
  for (const [name, age] of Object.entries(ages)) {
    const seconds = (NOW_MS - age) / 1000
    await utimes(await put('{}', name), seconds, seconds)
  }
  await makeRequestFolder(directory, NOW_MS)
  expect((await readdir(folder)).toSorted()).toEqual(['42.json.2.tmp', '43.json'])
})

const request = (changes: object = {}) => JSON.stringify({ serial: '41', at: AT, ...changes })

it.each<[what: string, text: string]>([
  ['that is cut off', request().slice(0, -5)],
  ['that is empty', ''],
  ['of another serial than its name', request({ serial: '42' })],
  ['of a serial that no certificate has', request({ serial: '80' })],
  ['without a time', request({ at: undefined })],
  ['of a time that is none', request({ at: 'now' })],
  ['of an end that is none', request({ notAfter: 'soon' })],
  ['of a reason that is none', request({ reason: 'unspecified' })],
  ['of a key identifier that is too short', request({ keyId: KEY_ID.slice(1) })],
  ['of a key identifier that is too long', request({ keyId: `${KEY_ID}a` })],
  ['of a key identifier in capitals', request({ keyId: KEY_ID.toUpperCase() })],
  ['with a member more', request({ more: 1 })],
])('leaves out a request %s, reports it, and reads the others', async (_, text) => {
  const { put, file, read } = await newPlace()
  const path = await put(text)
  await file({ serial: '40' }, { serial: '42' })
  const { requests, problem } = await read()
  expect(requests.map(({ serial }) => serial)).toEqual(['40', '42'])
  expect(problem).toMatchObject({
    code: 'malformed',
    details: { path, reason: 'revocation-request' },
  })
  expect(problem?.message).toContain('remove it, and revoke the certificate again')
})

it.each<[what: string, code: string, text: string, mode: number]>([
  ['of a newer release', 'refused', request({ format: 2 }), 0o600],
  ['that is longer than any', 'malformed', request().padEnd(4097), 0o600],
  ['that others may change', 'refused', request(), 0o666],
])('leaves out a request %s, and reports it', async (_, code, text, mode) => {
  const { put, read } = await newPlace()
  await chmod(await put(text), mode)
  expect(await read()).toMatchObject({ requests: [], problem: { code } })
})

it('takes a request of 4096 bytes', async () => {
  const { put, read } = await newPlace()
  await put(request().padEnd(4096))
  expect((await read()).requests).toHaveLength(1)
})

it.each([
  '4.json',
  '41.json.tmp',
  'x41.json',
  '41.jsonx',
  '41xjson',
  'AB.json',
  `${'41'.repeat(21)}.json`,
])('takes a file with the name %s for no request', async (name) => {
  const { put, read } = await newPlace()
  await put(request(), name)
  expect(await read()).toEqual({ requests: [] })
})

it('takes a request for a serial of 20 octets, which is as long as a serial can be', async () => {
  const { file, read } = await newPlace()
  const serial = '41'.repeat(20)
  await file({ serial })
  expect(await read()).toMatchObject({ requests: [{ serial }] })
})
