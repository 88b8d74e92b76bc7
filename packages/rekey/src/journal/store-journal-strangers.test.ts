import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Secret, SecretError, type SecretStore } from '@rekey/secret'
import { createMemoryStore, openDotenvStore } from '@rekey/config-loader/store'
import { expect, it, onTestFinished } from 'vitest'
import { type Intercept, intercepted } from '../../test/journal/failing-store.support.ts'
import { expectOneVersion, setUp } from '../../test/engine/far-side.support.ts'
import { openStoreJournal } from '../engine/internal.ts'
import { rotate } from '../engine/index.ts'

const SECRET = 'NAME'
const ENTRY = 'REKEY_ROTATION_NAME'
const LEASE_MS = 60_000
const secrets = [SECRET]

/** A store whose entries others annotate: so many of each ten compare-and-set writes come too late. */
function annotated(store: SecretStore, lateOfTen: number): SecretStore {
  let writes = 0
  const late: Intercept = (verb, work) => {
    if (verb === 'read') return work()
    writes += 1
    if (writes % 10 >= lateOfTen) return work()
    return Promise.reject(new SecretError('conflict', `${verb}: changed meanwhile`))
  }
  return intercepted(store, late)
}

it.each([5, 9])(
  'R60 a rotation goes on where %i of ten writes of its journal meet others',
  async (n) => {
    const { farSide, store, options } = await setUp()
    const journal = await openStoreJournal(annotated(createMemoryStore(), n), { secrets })
    await rotate(farSide.kind, { ...options, journal })
    await expectOneVersion(store, farSide)
  },
)

it('R60 a claim that others prevented without end keeps no rotator out, and names none', async () => {
  const store = createMemoryStore()
  const hasStaged = () =>
    store.read(ENTRY).then(
      ({ pending }) => pending !== undefined,
      () => false,
    )
  const journal = await openStoreJournal(store, { secrets })
  await (await journal.claim(SECRET, 'first', LEASE_MS)).release()
  let isBeset = true
  const beset = intercepted(store, async (verb, work) => {
    if (verb !== 'promote' || !isBeset) return work()
    throw new SecretError('conflict', 'changed meanwhile')
  })
  const claiming = (await openStoreJournal(beset, { secrets })).claim(SECRET, 'beset', LEASE_MS)
  const message = expect.stringContaining(`${ENTRY} is changed by others again and again`) as string
  await expect(claiming).rejects.toMatchObject({ code: 'unreachable', message })
  isBeset = false
  expect(await hasStaged()).toBe(false)
  expect(await journal.claim(SECRET, 'next', LEASE_MS)).toMatchObject({ epoch: 2 })
})

/** A store in which a rotator of another process has the claim. */
async function claimedByChild() {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-claim-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, '.env')
  await writeFile(path, '', { mode: 0o600 })
  const script = fileURLToPath(new URL('../../test/journal/store-claim.child.ts', import.meta.url))
  const node = ['--conditions=@rekey/source', `--import=${import.meta.resolve('tsx')}`]
  const child = spawn(process.execPath, [...node, script, path, SECRET], { stdio: 'pipe' })
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  onTestFinished(kill)
  await once(child.stdout, 'data')
  const store = await openDotenvStore({ path })
  return { store, kill, journal: await openStoreJournal(store, { secrets }) }
}

/** Has the record of the claim name another process. */
async function claimOf(store: SecretStore, change: Readonly<Record<string, unknown>>) {
  const { current, previous, ...found } = await store.read(ENTRY)
  const { revision } = previous === undefined ? found : await store.revoke(ENTRY, found.revision)
  const record = JSON.parse(current.value.expose()) as { process: object }
  const text = JSON.stringify({ ...record, process: { ...record.process, ...change } })
  const staged = await store.stage(ENTRY, Secret.of(text, ENTRY), revision)
  await store.promote(ENTRY, staged.revision)
}

it.runIf(process.platform === 'linux')(
  'R61 a claim passes at once when its process was killed on this host, and not before',
  { timeout: 30_000 },
  async () => {
    const { journal, kill } = await claimedByChild()
    await expect(journal.claim(SECRET, 'next', LEASE_MS)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringMatching(
        /^child is rotating .*: wait until .* \(in 3[56]\d s unless it renews it\)$/,
      ) as string,
    })
    await kill()
    expect((await journal.entries())[0]).not.toHaveProperty('holder')
    expect(await journal.claim(SECRET, 'next', LEASE_MS)).toMatchObject({ epoch: 2 })
  },
)

it.runIf(process.platform === 'linux')(
  'R61 a process of another machine or container counts as alive, a process id that is used again does not',
  { timeout: 30_000 },
  async () => {
    const { journal, store, kill } = await claimedByChild()
    await kill()
    const next = () => journal.claim(SECRET, 'next', LEASE_MS)
    await claimOf(store, { namespace: 'pid:[1]' })
    await expect(next()).rejects.toMatchObject({ code: 'busy' })
    await claimOf(store, { namespace: await namespaceHere(), boot: 'another' })
    await expect(next()).rejects.toMatchObject({ code: 'busy' })
    await claimOf(store, { boot: await bootHere(), pid: process.pid })
    expect(await next()).toMatchObject({ epoch: 2 })
  },
)

const namespaceHere = () => readlink('/proc/self/ns/pid')
const bootHere = async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
