// @lane servers
import { isExhaustive } from '@rekey/testbed'
import { expect, it, vi } from 'vitest'
import { leftIn, processesOf, start, until } from './start-stack.ts'

const SLOW_MS = 300_000
const isRoot = process.getuid?.() === 0

/** All are tried where tests are exhaustive. */
const MOMENTS = [
  'starting signing',
  'requests 0 failed',
  'starting PostgreSQL',
  'starting identity provider',
]

it.each(isExhaustive ? MOMENTS : MOMENTS.slice(0, 2))(
  'cleans up and exits with 130 on Ctrl-C at: %s',
  async (moment) => {
    const run = await start(['--people', '1'])
    await until(run, moment)
    run.child.kill('SIGINT')
    expect(await run.ended()).toEqual({ code: 130, signal: null })
    expect(run.output()).toContain('stopped')
    expect(await leftIn(run.directory)).toEqual([])
  },
  SLOW_MS,
)

it(
  'runs itself, its services and its identity provider without a loader of TypeScript beside them',
  async () => {
    const run = await start(['--people', '1'])
    await until(run, 'requests 0 failed')
    const commands = (await processesOf(run.directory))
      .map((command) => command.split('\0').slice(1))
      .filter((args) => args.some((arg) => arg.endsWith('.ts')))
    // The stack, its identity provider, three services, and the process that holds the key of the CA.
    expect(commands.filter((args) => !args.includes('console'))).toHaveLength(6)
    for (const args of commands) {
      const script = args.findIndex((arg) => arg.endsWith('/run-compiled.mjs'))
      expect(script).toBeGreaterThanOrEqual(0)
      for (const flag of args.slice(0, script)) {
        expect(flag).toMatch(/^--(?:import=file:.*end-with-parent\.mjs|secure-heap|disable-proto)/)
      }
    }
    run.child.kill('SIGINT')
    expect(await run.ended()).toEqual({ code: 130, signal: null })
  },
  SLOW_MS,
)

it(
  'leaves no process behind when it is killed itself, and its files go with the next start',
  async () => {
    const run = await start(['--people', '1'])
    await until(run, 'requests 0 failed')
    run.child.kill('SIGKILL')
    await run.ended()
    await vi.waitFor(
      async () => {
        expect(await processesOf(run.directory)).toEqual([])
      },
      { timeout: 30_000, interval: 500 },
    )
    expect(await leftIn(run.directory)).toHaveLength(1)
    const next = await start(['--people', '1'], { directory: run.directory })
    await until(next, 'starting PostgreSQL')
    next.child.kill('SIGINT')
    await next.ended()
    expect(await leftIn(run.directory)).toEqual([])
  },
  SLOW_MS,
)

it(
  'advises what to do when the server may not enter its place for temporary files',
  async () => {
    const run = await start(['--people', '1'], { mode: 0o700 })
    const { code } = await run.ended()
    if (isRoot) expect(run.output()).toContain('no permission to write there: set TMPDIR')
    expect(code).toBe(isRoot ? 1 : 0)
  },
  SLOW_MS,
)

it.runIf(isRoot)(
  'advises what to do when the disk is full, and leaves nothing behind',
  async () => {
    const run = await start([], { mount: 'size=2m' })
    expect(await run.ended()).toMatchObject({ code: 1 })
    expect(run.output()).toContain('the disk is full')
    expect(await leftIn(run.directory)).toEqual([])
  },
)
