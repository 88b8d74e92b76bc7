import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { newIntermediate } from '../../test/ca.support.ts'
import { type CaKeystore, createRecordMarks } from '../index.ts'
import { createSigningRequest, type Issuance, readIssuances } from '../internal.ts'
import { createIssuanceJournal } from './issuance-journal.ts'

const random = vi.hoisted((): { serial?: Buffer } => ({}))
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  const randomBytes = (size: number) =>
    size === 20 && random.serial ? Buffer.from(random.serial) : crypto.randomBytes(size)
  return { ...crypto, randomBytes }
})

let ca: CaKeystore
let directory: string
beforeEach(async () => {
  delete random.serial
  ;({ ca, directory } = await newIntermediate())
  onTestFinished(() => ca.close())
})

const issue = (commonName: string) =>
  ca.issueCertificate({
    ...{ csr: createSigningRequest({ commonName }).csr, profile: 'client' },
    subject: { commonName },
    subjectAltNames: [{ kind: 'email', value: 'a@example.com' }],
    validityMs: 60_000,
  })

async function stateOf(serial: string): Promise<Issuance | undefined> {
  return (await readIssuances(directory)).find((issuance) => issuance.serial === serial)
}

async function segments(): Promise<string[]> {
  const folder = join(directory, 'record')
  return (await readdir(folder)).map((name) => join(folder, name))
}

it('has the serial, the subject and the certificate of all that was issued, and what of it is on record', async () => {
  expect(await readIssuances(directory)).toEqual([])
  const issued = await Promise.all(['alice', 'bob', 'carol'].map(issue))
  await using marks = createRecordMarks(directory)
  await marks.mark(issued[1]?.serial ?? '', 7)
  const issuances = await readIssuances(directory)
  const shown = issuances.map(({ subject, state, index }) => [subject, state, index])
  expect(shown.toSorted()).toEqual([
    ['alice', 'signed', undefined],
    ['bob', 'recorded', 7],
    ['carol', 'signed', undefined],
  ])
  for (const { serial, certificate } of issued)
    expect(issuances).toContainEqual(expect.objectContaining({ serial, certificate }))
})

it('K24 refuses a serial that the random generator repeats, also after a restart', async () => {
  random.serial = Buffer.alloc(20, 0x55)
  const { serial } = await issue('alice')
  await expect(issue('bob')).rejects.toMatchObject({
    code: 'refused',
    details: { reason: 'serial' },
  })
  const next = createIssuanceJournal(directory)
  const again = next.reserve({ serial, subject: 'carol', profile: 'client', at: new Date() })
  await expect(again).rejects.toMatchObject({ code: 'refused', details: { reason: 'serial' } })
  expect((await readIssuances(directory)).map(({ subject }) => subject)).toEqual(['alice'])
})

it('K24 issues nothing while its record cannot be written or read, and goes on afterwards', async () => {
  await writeFile(join(directory, 'record'), '')
  await expect(issue('alice')).rejects.toMatchObject({ code: expect.any(String) as string })
  await rm(join(directory, 'record'))
  await mkdir(join(directory, 'record'), { mode: 0o700 })
  const damaged = join(directory, 'record', '1-x.issued')
  await writeFile(damaged, '{"reserved":"no serial"}\n', { mode: 0o600 })
  await expect(issue('alice')).rejects.toMatchObject({ code: 'malformed', details: { line: 1 } })
  await rm(damaged)
  await issue('alice')
  const [path = ''] = await segments()
  await chmod(path, 0o644)
  await expect(readIssuances(directory)).rejects.toMatchObject({ code: 'refused' })
})

it('K24 explains every serial after a process was killed between any two bytes of its record', async () => {
  const { serial } = await issue('alice')
  const [path = ''] = await segments()
  // No process has this id: it is above the greatest that Linux gives.
  const text = (await readFile(path, 'utf8')).replace(/"holder":"\d+/, '"holder":"4194305')
  const reserved = text.indexOf('\n', text.indexOf('"reserved"')) + 1
  const states = new Set<string | undefined>()
  for (let length = text.length; length > 0; length -= 1) {
    await truncate(path, 0)
    await appendFile(path, text.slice(0, length))
    const state = (await stateOf(serial))?.state
    states.add(state)
    const whole = length === text.length ? 'signed' : 'void'
    expect(state).toBe(length < reserved ? undefined : whole)
  }
  expect(states).toEqual(new Set(['signed', 'void', undefined]))
})

it('leaves a serial reserved while its process runs, and gives it up when nothing was signed', async () => {
  const journal = createIssuanceJournal(directory)
  const serial = '4f'.repeat(20)
  await journal.reserve({ serial, subject: 'alice', profile: 'client', at: new Date() })
  expect((await stateOf(serial))?.state).toBe('reserved')
  await journal.voided(serial)
  expect((await stateOf(serial))?.state).toBe('void')
  await journal.close()
})

it.runIf(process.platform === 'linux')(
  'opens no file for a mark that comes when its marks are closed already',
  async () => {
    const marks = createRecordMarks(directory)
    const serial = '4f'.repeat(20)
    const marking = marks.mark(serial, 1)
    await marks[Symbol.asyncDispose]()
    await marking
    await expect(marks.mark(serial, 2)).rejects.toMatchObject({ code: 'disposed' })
    expect(await openFiles()).toEqual([])
  },
)

/** The files of the keystore that this process has open. */
async function openFiles(): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd')
  const links = descriptors.map((each) => readlink(`/proc/self/fd/${each}`).catch(() => ''))
  return (await Promise.all(links)).filter((path) => path.startsWith(directory))
}
