import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiKeyTo, issueApiKey } from '@rekey/api-key-auth'
import { defineService, loadService } from '@rekey/config-loader'
import type { RunningService } from '@rekey/config-loader/internal/host'
import { runService } from '@rekey/config-loader/host'
import { createPool, parseConnectionUrl } from '@rekey/db-pool-rotator'
import { openDotenvStore } from '@rekey/config-loader/store'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { KEY } from '../shop-and-mail.support.ts'
import { type AuditDatabase, VARIABLE } from './audit-database.support.ts'

/** Runs a service with the secret of the deployment, whose accesses are recorded in a database. */
export async function runRecorded({ env }: AuditDatabase, buffer: number) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-recorded-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, '.env')
  const replace = () =>
    writeFile(path, `${KEY}=${issueApiKey({ environment: 'dev' }).text.expose()}\n`)
  await replace()
  const store = await openDotenvStore({ path })
  const signals = new EventEmitter()
  const exited = once(signals, 'exited') as Promise<[number]>
  const lines: string[] = []
  const process = Object.assign(signals, {
    exit: (code: number) => signals.emit('exited', code),
    stderr: { write: (text: string) => lines.push(text) },
    env: { REKEY_AUDIT_DATABASE: env[VARIABLE], REKEY_AUDIT_BUFFER: String(buffer) },
  }) as unknown as NodeJS.Process
  const healthPort = await freePort()
  await runService(process, async (own) => {
    const definition = defineService({
      ...{ name: 'shop', settings: z.object({}), secrets: { mail: apiKeyTo('mail') } },
    })
    const load = { env: { REKEY_ENVIRONMENT: 'test' }, source: store, policy: { ttlMs: 50 } }
    const service = own.use(await loadService(definition, load), 'secrets')
    const auditDatabase: RunningService['auditDatabase'] = (login) =>
      createPool(parseConnectionUrl(login.expose()))
    return { service, healthPort, auditDatabase }
  })
  const ready = new URL('/health/ready', `http://127.0.0.1:${healthPort}`)
  return {
    /** Has the service take over a new version. */
    replace,
    isReady: async () => (await fetch(ready)).ok,
    stop: () => signals.emit('SIGTERM') && exited,
    exited,
    lines,
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}
