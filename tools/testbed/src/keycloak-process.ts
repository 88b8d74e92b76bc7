import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, open, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** How a server is run. */
export interface KeycloakStart {
  /** `bin/kc.sh` of a built server. */
  readonly program: string
  readonly host: string
  readonly ports: { readonly http: number; readonly management: number }
  readonly administrator: { readonly username: string; readonly password: string }
}

/** A server that was started; not ready yet. */
export interface KeycloakProcess {
  /** The start script; the server itself is in the same process group. */
  readonly child: ChildProcess
  readLog(): Promise<string>
  close(): Promise<void>
}

/** Parts that a server only reads. Its own data lies beside these links, so that servers share no file that is written. */
const SHARED = ['lib', 'conf', 'providers', 'themes']

/** Waits for the end of its input, which comes when the process that started it is gone; ends the group, removes the data. */
const WATCHDOG = 'cat >/dev/null; kill -KILL "-$1"; rm -rf -- "$2"'

/** Starts a server in a home of its own. The administrator's password goes through the environment, never through arguments. */
export async function startKeycloak(start: KeycloakStart): Promise<KeycloakProcess> {
  const home = await createHome(dirname(dirname(start.program)))
  const logPath = join(home, 'server.log')
  const child = await spawnServer(start, home, logPath)
  const watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', String(child.pid), home], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  watchdog.unref()
  return {
    child,
    readLog: () => readFile(logPath, 'utf8'),
    async close() {
      await endGroup(child)
      await rm(home, { recursive: true, force: true })
      await endGroup(watchdog)
    },
  }
}

/** Whether the process is gone. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function createHome(distribution: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'rekey-keycloak-'))
  await mkdir(join(home, 'bin'))
  // The script takes the folder above its own, links resolved, for its home: so it is copied.
  await copyFile(join(distribution, 'bin', 'kc.sh'), join(home, 'bin', 'kc.sh'))
  for (const name of SHARED) await symlink(join(distribution, name), join(home, name))
  return home
}

async function spawnServer(
  { host, ports, administrator }: KeycloakStart,
  home: string,
  logPath: string,
): Promise<ChildProcess> {
  const flags = [
    '--optimized',
    '--cache=local',
    '--http-enabled=true',
    '--hostname-strict=false',
    `--http-host=${host}`,
    `--http-port=${ports.http}`,
    '--log-level=warn',
    `--http-management-port=${ports.management}`,
  ]
  const log = await open(logPath, 'a', 0o600)
  const child = spawn('sh', [join(home, 'bin', 'kc.sh'), 'start', ...flags], {
    cwd: home,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: {
      ...process.env,
      KC_BOOTSTRAP_ADMIN_USERNAME: administrator.username,
      KC_BOOTSTRAP_ADMIN_PASSWORD: administrator.password,
      // Five seconds by default, which is not enough for its first connection on a busy machine.
      QUARKUS_DATASOURCE_JDBC_ACQUISITION_TIMEOUT: '120S',
      JAVA_OPTS_KC_HEAP: '-Xms128m -Xmx512m',
      // It lives for a minute or two: the second compiler would only compete with the tests.
      JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
    },
  })
  try {
    await once(child, 'spawn')
  } finally {
    await log.close()
  }
  return child
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return
  child.ref()
  const ended = once(child, 'exit')
  process.kill(-child.pid, 'SIGKILL')
  await ended
}
