import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { within } from '@rekey/secret'
import { runCompiled } from '@rekey/testbed'

/** One service to start as a process of its own. */
export interface ChildOptions {
  readonly name: string
  /** The program that starts Node.js, and its arguments: `ip netns exec NAME`. Default: none. */
  readonly command?: readonly string[]
  /** The whole environment of the process; nothing is inherited but PATH. No secret goes in here. */
  readonly env: Readonly<Record<string, string>>
  readonly healthUrl: string
  readonly logPath: string
  readonly signal?: AbortSignal
}

/** A service process that has answered that it is ready. */
export interface ChildService {
  readonly name: string
  readonly healthUrl: string
  readonly process: ChildProcess
  /** The lines it has logged since the stack was opened. */
  readonly logPath: string
  /** Asks it to stop, and waits. */
  stop(): Promise<void>
  /** Starts it anew, in the same place. Stop or kill it first. */
  start(): Promise<void>
}

/** A machine with many more busy processes than cores starts a service in tens of seconds. */
const READY_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 12_000
/** A service stops when we are gone. Relative to `src/` and to `dist/` alike. */
const END_WITH_PARENT = [`--import=${new URL('./end-with-parent.mjs', import.meta.url).href}`]

const PORTAL = fileURLToPath(new URL('../../../services/frontend/build-page.mjs', import.meta.url))

let built: Promise<unknown> | undefined

/** Once: a replica that comes later must not write the page that others serve. */
function buildPortal(): Promise<unknown> {
  built ??= promisify(execFile)(process.execPath, [PORTAL])
  return built
}

/**
 * Starts a service, frontend with its portal built from the sources, and waits until it is ready.
 *
 * @throws {Error} with the end of its log if it exits or is not ready in time
 */
export async function openChildService(options: ChildOptions): Promise<ChildService> {
  if (options.name === 'frontend') await buildPortal()
  let child = await startChild(options)
  return {
    name: options.name,
    healthUrl: options.healthUrl,
    logPath: options.logPath,
    get process() {
      return child
    },
    stop: () => stopChild(child),
    async start() {
      child = await startChild(options)
    },
  }
}

async function startChild(options: ChildOptions): Promise<ChildProcess> {
  const { name, env, logPath, command = [] } = options
  const log = await open(logPath, 'a', 0o600)
  const node = [process.execPath, ...END_WITH_PARENT, ...runCompiled(entryOf(name))]
  const [program = '', ...args] = [...command, ...node]
  const child = spawn(program, args, {
    env: { ...env, PATH: process.env['PATH'] },
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  })
  try {
    await once(child, 'spawn')
    await log.close()
    await untilReady(child, options)
    return child
  } catch (error) {
    await stopChild(child)
    throw error
  }
}

function entryOf(name: string): string {
  return fileURLToPath(new URL(`../../../services/${name}/src/main.ts`, import.meta.url))
}

async function untilReady(child: ChildProcess, options: ChildOptions): Promise<void> {
  const { name, healthUrl, logPath, signal } = options
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (!(await isReady(healthUrl))) {
    signal?.throwIfAborted()
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      const words = (await readFile(logPath, 'utf8')).slice(-2_000)
      throw new Error(`${name} did not become ready. Its last words:\n${words}`)
    }
    await delay(50)
  }
}

async function isReady(healthUrl: string): Promise<boolean> {
  try {
    return await within({ what: `readiness of ${healthUrl}`, limitMs: 2_000 }, async (signal) => {
      const response = await fetch(new URL('/health/ready', healthUrl), { signal })
      await response.arrayBuffer()
      return response.ok
    })
  } catch {
    // Not listening yet; the caller's deadline decides when that is a failure.
    return false
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(killer)
}
