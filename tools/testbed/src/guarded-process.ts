import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** The directory of the servers of one test, with their logs and data. Gone, with the servers, when this process is gone. */
export interface GuardedHome {
  readonly directory: string
  /** Starts a program, whose log is `NAME.log`. */
  spawn(name: string, command: string, args: readonly string[]): Promise<GuardedProcess>
  /** Ends what still runs and removes the directory. Can be called twice. */
  close(): Promise<void>
}

/** A server that was started; not ready yet. */
export interface GuardedProcess {
  readonly pid: number | undefined
  hasEnded(): boolean
  /** Suspends it, and waits until all its threads stand still: connections are accepted by the kernel, and nothing answers. */
  pause(): Promise<void>
  resume(): void
  /** Asks it to end, and waits until it has. Can be called twice. */
  stop(): Promise<void>
  /** Ends it at once, as a crash would. Can be called twice. */
  kill(): Promise<void>
  readLog(): Promise<string>
}

/** Waits until a server that was started is ready. @throws {Error} with the end of its log, if it ends before or takes too long */
export async function untilStarted(
  name: string,
  server: GuardedProcess,
  { isReady, limitMs }: { readonly isReady: () => Promise<boolean>; readonly limitMs: number },
): Promise<void> {
  const endMs = Date.now() + limitMs
  while (!(await isReady())) {
    if (server.hasEnded() || Date.now() > endMs) {
      const log = (await server.readLog()).slice(-500)
      throw new Error(`${name} did not start. Its log ends: ${log}`)
    }
    await delay(20)
  }
}

/** Keeps its own process id in a file, where the watchdog finds it, then becomes the program. */
const LAUNCHER = 'echo $$ > "$1"; shift; exec "$@"'

/** Waits for the end of its input, which comes when the process that started it is gone. */
const WATCHDOG =
  'cat >/dev/null; for f in "$1"/*.pid; do read p < "$f" && kill -KILL "$p"; done; rm -rf -- "$1"'

/** Guards `directory`, which exists: whatever is started in it ends with this process. */
export async function guardHome(directory: string): Promise<GuardedHome> {
  const watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await once(watchdog, 'spawn')
  watchdog.unref()
  const started: GuardedProcess[] = []
  return {
    directory,
    async spawn(name, command, args) {
      const server = await spawnIn(directory, name, [command, ...args])
      started.push(server)
      return server
    },
    async close() {
      await Promise.all(started.map((server) => server.kill()))
      if (hasEnded(watchdog)) return
      watchdog.ref()
      const ended = once(watchdog, 'exit')
      watchdog.stdin.end()
      await ended
    },
  }
}

async function spawnIn(
  home: string,
  name: string,
  command: readonly string[],
): Promise<GuardedProcess> {
  const [logPath, pidPath] = [join(home, `${name}.log`), join(home, `${name}.pid`)]
  const log = await open(logPath, 'a', 0o600)
  const child = spawn('sh', ['-c', LAUNCHER, 'sh', pidPath, ...command], {
    cwd: home,
    // None of the caller's own variables: servers obey VAULT_ADDR, ETCD_NAME and their like.
    env: { PATH: process.env['PATH'], HOME: home },
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  try {
    await once(child, 'spawn')
  } finally {
    await log.close()
  }
  child.unref()
  const end = async (signal: NodeJS.Signals) => {
    if (hasEnded(child)) return
    child.ref()
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    await rm(pidPath, { force: true })
  }
  return {
    pid: child.pid,
    hasEnded: () => hasEnded(child),
    async pause() {
      child.kill('SIGSTOP')
      while (!hasEnded(child) && !(await standsStill(child))) await delay(1)
    },
    resume: () => void child.kill('SIGCONT'),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    readLog: () => readFile(logPath, 'utf8'),
  }
}

/** Whether the kernel has stopped every thread; a thread goes on until it next meets the kernel. Where there is no /proc, it is taken so. */
async function standsStill({ pid }: ChildProcess): Promise<boolean> {
  const tasks = `/proc/${String(pid)}/task`
  const threads = await readdir(tasks).catch(() => [])
  const statuses = await Promise.all(
    threads.map((thread) => readFile(join(tasks, thread, 'status'), 'utf8').catch(() => '')),
  )
  return statuses.every((status) => status === '' || /^State:\s+[TtZX]/m.test(status))
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
