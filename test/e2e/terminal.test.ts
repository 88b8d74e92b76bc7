// @lane servers
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { createCa } from '@rekey/ca-keystore'
import { generatePassphrase } from '@rekey/ca-keystore/internal'
import { REKEY } from '@rekey/test-support'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { countInMemory, encodingsOf } from './scan-memory.ts'

/** Runs a command on a terminal of its own, and connects that to the input and output of Python. */
const ON_TERMINAL = ['-c', 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)']
const hasPython = spawnSync('python3', ['--version']).status === 0

describe.skipIf(!hasPython)('rekey ca on a terminal', { timeout: 60_000 }, () => {
  const passphrase = generatePassphrase()
  const text = passphrase.expose()
  let cwd: string
  beforeAll(async () => {
    cwd = await mkdtemp(join(await realpath(tmpdir()), 'rekey-terminal-'))
    await writeFile(join(cwd, 'root.pass'), text, { mode: 0o600 })
    const commonName = 'Test Root'
    const place = { directory: join(cwd, 'root'), passphrase, profiles: [] }
    await (await createCa({ ...place, commonName })).close()
  })
  afterAll(() => rm(cwd, { recursive: true }))

  /** Runs `rekey ca`, then prints its exit code and the settings of the terminal. */
  function run(...args: string[]) {
    const script = '"$@"; echo "exit $?"; stty -a; echo done'
    const command = ['sh', '-c', script, 'sh', process.execPath, REKEY, 'ca', ...args]
    const child = spawn('python3', [...ON_TERMINAL, ...command], {
      cwd,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const exited = once(child, 'exit')
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    async function shows(expected: string) {
      const deadline = performance.now() + 40_000
      while (!output.includes(expected)) {
        if (performance.now() > deadline) throw new Error(`no "${expected}" in: ${output}`)
        await delay(20)
      }
    }
    async function end() {
      await shows('done')
      child.stdin.end()
      await exited
      return output
    }
    return { child, shows, end, type: (typed: string) => child.stdin.write(typed) }
  }

  /** The process of `rekey` below Python and the shell. */
  function pidBelow({ pid = 0 }: ChildProcess): number {
    let below = pid
    for (let depth = 0; depth < 2; depth += 1) {
      below = Number(readFileSync(`/proc/${below}/task/${below}/children`, 'utf8').split(' ')[0])
    }
    return below
  }

  /** What is typed after a program has ended, its terminal shows. */
  async function endOnceRead(pid: number, typed: string): Promise<void> {
    const wanted = new Map([['typed', Buffer.from(typed)]])
    while (countInMemory(pid, wanted)['typed'] === undefined) await delay(20)
    process.kill(pid, 'SIGTERM')
  }

  it('asks for a passphrase, shows nothing of it, and leaves the terminal as it was', async () => {
    const rekey = run('unlock', 'root', '--passphrase-file', '-')
    await rekey.shows('Passphrase (--passphrase-file): ')
    // Corrections: a whole line, and a character.
    rekey.type(`wrong\u0015${text}é\u007f\r`)
    const output = await rekey.end()
    expect(output).toContain('its key signs for CN=Test Root G1')
    expect(output).toContain('exit 0')
    expect(output).not.toContain(text)
    expect(output).not.toContain(text.slice(0, 9))
    expect(output).toMatch(/ echo /)
    expect(output).toMatch(/ icanon /)
  })

  it.each([
    ['Ctrl-C', 'stopped by Ctrl-C'],
    ['SIGTERM', 'stopped by SIGTERM'],
  ])('does nothing on %s, and leaves the terminal as it was', async (how, message) => {
    const rekey = run('unlock', 'root', '--passphrase-file', '-')
    await rekey.shows('Passphrase')
    const typed = text.slice(0, 12)
    rekey.type(typed)
    if (how === 'Ctrl-C') rekey.type('\u0003')
    else await endOnceRead(pidBelow(rekey.child), typed)
    const output = await rekey.end()
    expect(output).toContain(message)
    expect(output).toContain('exit 4')
    expect(output).not.toContain(text.slice(0, 9))
    expect(output).toMatch(/ echo /)
  })

  it('K33 has no copy of a passphrase once it has opened the CA, while it asks for that of the next', async () => {
    const parent = ['--parent', 'root', '--parent-passphrase-file', 'root.pass']
    const rekey = run('create', 'next', '--name', 'Next', ...parent, '--passphrase-file', '-')
    const next = generatePassphrase().expose()
    await rekey.shows('Passphrase (--passphrase-file): ')
    const pid = pidBelow(rekey.child)
    expect(countInMemory(pid, encodingsOf(Buffer.from(text)))).toEqual({})
    // The search finds what is there.
    const flag = new Map([['flag', Buffer.from('--parent-passphrase-file')]])
    expect(countInMemory(pid, flag)['flag']).toBeGreaterThan(0)
    rekey.type(`${next}\r`)
    await rekey.shows('The same again: ')
    rekey.type(`${next}x\r`)
    expect(await rekey.end()).toContain('differ; try again')
  })

  it('refuses to ask without a terminal, with what to do', async () => {
    const args = [REKEY, 'ca', 'unlock', 'root', '--passphrase-file', '-']
    // A session of its own has no terminal.
    const child = spawn(process.execPath, args, { cwd, detached: true, stdio: 'pipe' })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    expect(await once(child, 'exit')).toEqual([1, null])
    expect(stderr).toContain('no terminal to ask for the passphrase of --passphrase-file')
    expect(stderr).toContain('--passphrase-file fd:3 3< FILE')
  })
})
