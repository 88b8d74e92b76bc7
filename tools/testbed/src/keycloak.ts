import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { findFreePort } from './free-ports.ts'
import {
  createRealm,
  type KeycloakRealm,
  type KeycloakRealmOptions,
  openAdminApi,
} from './keycloak-realm.ts'
import { hasEnded, type KeycloakProcess, startKeycloak } from './keycloak-process.ts'

/** A Keycloak server of our own. Ends when disposed. */
export interface Keycloak extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly pid: number | undefined
  createRealm(options: KeycloakRealmOptions): Promise<KeycloakRealm>
  /** Ends the server and removes its data. Can be called twice. */
  close(): Promise<void>
}

/** Options of a server. */
export interface KeycloakOptions {
  /** `bin/kc.sh` of a built server: the path that `findForTest('keycloak')` gives. */
  readonly program: string
  /** Default: 300 seconds; it needs 15 to 30 on an idle machine, and more than 120 on a busy one. */
  readonly startupTimeoutMs?: number
}

const HOST = '127.0.0.1'
const ATTEMPTS = 3
const IN_USE = 'already in use'

/**
 * Starts a real Keycloak on a loopback port, with its data in memory and an administrator made for the occasion. Takes 15 to
 * 30 seconds and 450 MB. If this process is killed, a watchdog ends the server.
 *
 * @throws {Error} if it does not start in time; the message has the end of its log
 */
export async function openKeycloak(options: KeycloakOptions): Promise<Keycloak> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openOnFreePort(options)
    } catch (error) {
      const taken = error instanceof Error && error.message.includes(IN_USE)
      if (!taken || attempt === ATTEMPTS) throw error
    }
  }
}

async function openOnFreePort(options: KeycloakOptions): Promise<Keycloak> {
  const { program, startupTimeoutMs = 300_000 } = options
  const administrator = { username: 'admin', password: randomBytes(24).toString('hex') }
  const ports = { http: await findFreePort(), management: await findFreePort() }
  const url = `http://${HOST}:${ports.http}`
  const server = await startKeycloak({ program, host: HOST, ports, administrator })
  try {
    await untilReady(url, server, startupTimeoutMs)
  } catch (error) {
    await server.close()
    throw error
  }
  const close = () => server.close()
  return {
    url,
    pid: server.child.pid,
    createRealm: (realm) => createRealm(openAdminApi(url, administrator), url, realm),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function untilReady(url: string, server: KeycloakProcess, timeoutMs: number): Promise<void> {
  const endMs = Date.now() + timeoutMs
  while (!(await answers(`${url}/realms/master`))) {
    if (hasEnded(server.child) || Date.now() > endMs) {
      throw new Error(
        `Keycloak did not start. Its log ends: ${(await server.readLog()).slice(-800)}`,
      )
    }
    await delay(100)
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    // Refused, cut or too slow: not ready. Whether it ever will be, the caller sees by the process.
    return false
  }
}
