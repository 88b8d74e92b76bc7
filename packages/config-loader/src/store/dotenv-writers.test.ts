import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, watch } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Secret } from '@rekey/secret'
import { runCompiled } from '@rekey/testbed'
import { canMount } from '@rekey/testbed/can-mount'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDotenvStore } from './index.ts'

const random = () => randomBytes(24).toString('base64url')
const secret = () => Secret.of(random(), 'A')

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-writers-'))
  path = join(directory, '.env')
  await writeFile(path, `# head\nA='${random()}'\n\nB='${random()}' # tail\n`)
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function startWriter(name: string, rounds: number) {
  const script = fileURLToPath(new URL('../../test/store/dotenv-writer.child.ts', import.meta.url))
  const child = spawn(execPath, [...runCompiled(script), path, name, String(rounds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('ready')
  const exited = once(child, 'exit')
  const lastLine = async () => ((await lines.next()) as { value?: string }).value ?? ''
  return { child, exited, lastLine }
}

it(
  'lets two processes write different secrets at once, and loses nothing',
  { timeout: 60_000 },
  async () => {
    const writers = await Promise.all(['A', 'B'].map((name) => startWriter(name, 40)))
    const revisions = await Promise.all(writers.map((writer) => writer.lastLine()))
    const codes = await Promise.all(writers.map(async ({ exited }) => (await exited)[0] as number))
    expect(codes).toEqual([0, 0])
    const store = await openDotenvStore({ path })
    expect((await store.read('A')).revision).toBe(revisions[0])
    expect((await store.read('B')).revision).toBe(revisions[1])
    expect(await readFile(path, 'utf8')).toMatch(
      /^# head\n# @created .*\nA='.*'\n\n# @created .*\nB='.*' # tail\n$/,
    )
  },
)

it(
  'holds the old or the new text when its writer is killed, and lets the next one go on',
  { timeout: 60_000 },
  async () => {
    const store = await openDotenvStore({ path })
    const other = await store.read('B')
    for (let round = 0; round < 6; round += 1) {
      const { child, exited } = await startWriter('A', 1_000_000)
      await sleep(Math.random() * 60)
      child.kill('SIGKILL')
      await exited
      const text = await readFile(path, 'utf8')
      expect(text).toMatch(
        /^# head\n(?:# @created .*\n|A(?:__PENDING|__PREVIOUS)?='.*'\n)*\nB='.*' # tail\n$/,
      )
      expect((await store.read('B')).revision).toBe(other.revision)
      await settle(store)
    }
    expect(await readdir(directory)).toEqual(['.env'])
  },
)

/** Writes over what the killed process left half way. */
async function settle(store: Awaited<ReturnType<typeof openDotenvStore>>) {
  const aborted = await store.abort('A', (await store.read('A')).revision)
  const revoked = await store.revoke('A', aborted.revision)
  const staged = await store.stage('A', secret(), revoked.revision)
  await store.abort('A', staged.revision)
}

async function deadPid(): Promise<number> {
  const child = spawn(execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}

const leftLocks: Record<string, () => Promise<[content: string, ageMs: number]>> = {
  'of a process that is gone': async () => [`${await deadPid()} ${hostname()} x\n`, 0],
  'older than 30 s': () => Promise.resolve([`${process.pid} ${hostname()} x\n`, 31_000]),
  'of another machine, older than 30 s': () => Promise.resolve(['1 elsewhere x\n', 31_000]),
  'that was never filled': () => Promise.resolve(['', 1_500]),
}

it.each(Object.entries(leftLocks))('takes over a lock %s', async (_kind, lock) => {
  const [content, ageMs] = await lock()
  await writeFile(`${path}.lock`, content)
  const at = (Date.now() - ageMs) / 1_000
  await utimes(`${path}.lock`, at, at)
  const store = await openDotenvStore({ path })
  const { revision } = await store.read('A')
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, () => store.stage('A', secret(), revision)),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await readdir(directory)).toEqual(['.env'])
})

it('gives up on a lock that stays held, and names its holder', async () => {
  await writeFile(`${path}.lock`, `${process.ppid} ${hostname()} x\n`)
  const store = await openDotenvStore({ path })
  const outcome = store.create('C', secret())
  await expect(outcome).rejects.toMatchObject({
    code: 'unreachable',
    details: { pid: process.ppid },
  })
  expect((await readdir(directory)).sort()).toEqual(['.env', '.env.lock'])
})

it('gives up, and overwrites nothing, when another writer took over and removed its ticket', async () => {
  const text = await readFile(path, 'utf8')
  const store = await openDotenvStore({ path })
  const { revision } = await store.read('A')
  const watcher = watch(directory, (_event, name) => {
    if (name?.endsWith('.tmp')) rmSync(join(directory, name), { force: true })
  })
  const outcome = store.stage('A', secret(), revision)
  await expect(outcome).rejects.toMatchObject({ code: 'unreachable' })
  watcher.close()
  expect(await readFile(path, 'utf8')).toBe(text)
  expect(await readdir(directory)).toEqual(['.env'])
})

it('removes what killed writers left, and nothing else', async () => {
  const names = ['.env.0123456789ab.tmp', '.env.local', '.env.notes.tmp', '.env2.0123456789ab.tmp']
  for (const name of names) await writeFile(join(directory, name), '')
  const store = await openDotenvStore({ path })
  await store.create('C', secret())
  expect((await readdir(directory)).sort()).toEqual(['.env', ...names.slice(1)].sort())
})

const mounts: Record<string, string> = { full: 'size=16k', 'read-only': 'size=64k' }

it.runIf(canMount()).each(Object.entries(mounts))(
  'keeps the old file when the disk is %s',
  async (kind, options) => {
    const disk = await mkdtemp(join(tmpdir(), 'rekey-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk])
    try {
      const file = join(disk, '.env')
      const text = `A='${random()}'\n# ${'x'.repeat(6_000)}\n`
      await writeFile(file, text)
      if (kind === 'read-only') execFileSync('mount', ['-o', 'remount,ro', disk])
      const store = await openDotenvStore({ path: file })
      const { revision } = await store.read('A')
      await expect(store.stage('A', secret(), revision)).rejects.toMatchObject({
        code: 'unwritable',
      })
      expect(await readFile(file, 'utf8')).toBe(text)
      expect(await readdir(disk)).toEqual(['.env'])
    } finally {
      execFileSync('umount', [disk])
      await rm(disk, { recursive: true })
    }
  },
)
