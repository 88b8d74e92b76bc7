// @lane servers
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, copyFile, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { runCompiled } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'

const PATTERN = '/proc/sys/kernel/core_pattern'
/** Whether a core is a file in the working directory. */
const hasFiles = existsSync(PATTERN) && /^[^|/]/.test(readFileSync(PATTERN, 'utf8'))
const YAMA = '/proc/sys/kernel/yama/ptrace_scope'
const isOpen = !existsSync(YAMA) || readFileSync(YAMA, 'utf8').startsWith('0')
const OTHER_UID = 65_534

async function scratch(): Promise<string> {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'rekey-core-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

/** Waits for the first output of a child that is gone after the test. */
async function ready(child: ChildProcess): Promise<string> {
  onTestFinished(() => void child.kill('SIGKILL'))
  const [first] = (await once(child.stdout ?? child, 'data')) as [Buffer]
  return first.toString()
}

/** Crashes a process that may dump its memory, and counts the text that it held in the file. */
async function countInCore(mode: string): Promise<number> {
  const cwd = await scratch()
  const script = 'ulimit -c unlimited; exec "$@"'
  const hold = runCompiled(join(import.meta.dirname, 'hold-secret.ts'))
  const child = spawn('/bin/sh', ['-c', script, 'sh', process.execPath, ...hold, mode], {
    ...{ cwd, stdio: ['ignore', 'pipe', 'inherit'] },
  })
  await ready(child)
  const exited = once(child, 'exit')
  child.kill('SIGSEGV')
  await exited
  const [core = ''] = (await readdir(cwd)).filter((name) => name.startsWith('core'))
  const text = `dump-${mode}core-`.repeat(400)
  return (await readFile(join(cwd, core))).toString('latin1').split(text).length - 1
}

it.runIf(hasFiles)(
  'K33 has no memory in a core dump, where one of the same process would',
  async () => {
    expect(await countInCore('plain')).toBeGreaterThan(0)
    expect(await countInCore('empty')).toBe(0)
  },
)

it.runIf(process.geteuid?.() === 0 && existsSync('/proc/self/mem'))(
  'K33 lets no process of its account read its memory if it may not read its program',
  async () => {
    const directory = await scratch()
    await chmod(directory, 0o711)
    const account = { uid: OTHER_UID, gid: OTHER_UID, cwd: '/', env: {} }
    const read = 'exec 3<"/proc/$1/mem" && echo open'
    const canRead = async (mode: number) => {
      const node = join(directory, `node-${mode}`)
      await copyFile(process.execPath, node)
      await chmod(node, mode)
      const hold = 'process.stdout.write(process.execPath); setInterval(() => 0, 60_000)'
      const child = spawn(node, ['-e', hold], { ...account, stdio: ['ignore', 'pipe', 'ignore'] })
      // It starts its own children by the same program.
      expect(await ready(child)).toBe(node)
      try {
        const args = ['-c', read, 'sh', String(child.pid)]
        return execFileSync('/bin/sh', args, { ...account, stdio: 'pipe' }).includes('open')
      } catch {
        return false
      }
    }
    expect(await canRead(0o755)).toBe(isOpen)
    expect(await canRead(0o711)).toBe(false)
  },
)
