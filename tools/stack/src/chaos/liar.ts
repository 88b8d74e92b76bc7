import { once } from 'node:events'
import { copyFile, rename } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { Family } from '@rekey/rekey/internal'
import { type HealthReport, REPORT_QUESTION_HEADER } from '@rekey/secret/internal'
import { within } from '@rekey/secret'
import { listReplicas } from '../autoscaler.ts'
import type { ChildService } from '../child-service.ts'
import type { PlannedReplica } from '../plan-services.ts'
import type { ServiceStarter } from '../start-services.ts'

/** A replica that reads a copy of the store as it was once, and reports what an honest replica does. */
export interface Liar extends AsyncDisposable {
  /** Whether its database answers it, by the login that it has. */
  isServing(): Promise<boolean>
}

/** Lets a replica lie that the fleet lists while it is there. */
export interface LiarHost {
  /** The entry of the family's `fleet` that finds it. */
  readonly fleetEntry: NonNullable<Family['fleet']>[number]
  /** Starts the replica and lists it. Disposed of, it is listed no longer, and ends. */
  open(): Promise<Liar>
}

interface LiarParts {
  /** Where it runs. */
  readonly planned: PlannedReplica
  /** The replica whose reports it gives as its own. */
  readonly honest: Pick<PlannedReplica, 'healthUrl'>
  /** The .env file of the stack. */
  readonly envFile: string
  /** Lists it for the fleet. */
  readonly file: string
  readonly starter: ServiceStarter
}

/** Creates the host, with an empty list in its file. */
export async function createLiarHost(parts: LiarParts): Promise<LiarHost> {
  const { file, planned } = parts
  await listReplicas(file, [])
  return {
    fleetEntry: { file, url: 'https://{host}:{callers}' },
    async open() {
      const child = await startWithCopy(parts)
      const server = await openLyingListener(planned, parts.honest)
      const { port } = server.address() as AddressInfo
      await listReplicas(file, [{ ...planned, healthUrl: `http://127.0.0.1:${port}` }])
      return {
        isServing: () => isServing(planned),
        async [Symbol.asyncDispose]() {
          await listReplicas(file, [])
          server.close()
          server.closeAllConnections()
          await child.stop()
        },
      }
    },
  }
}

/** The copy is put into its place as a whole, and does not change: so the replica gets no version that comes later. */
async function startWithCopy({ planned, envFile, starter }: LiarParts): Promise<ChildService> {
  const copy = join(dirname(envFile), '.env.of-liar')
  await copyFile(envFile, `${copy}.new`)
  await rename(`${copy}.new`, copy)
  return starter.one(planned, { locator: `dotenv:${copy}`, variables: {} })
}

const ANSWER_MS = 5_000

async function openLyingListener(
  liar: Pick<PlannedReplica, 'healthUrl'>,
  honest: Pick<PlannedReplica, 'healthUrl'>,
): Promise<Server> {
  const server = createServer((request, response) => {
    lie(request, { liar, honest }).then(
      (report) => response.setHeader('content-type', 'application/json').end(report),
      () => response.writeHead(503).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** The report of the honest replica, under the name of the process that lies. */
async function lie(
  { headers }: IncomingMessage,
  { liar, honest }: Record<'liar' | 'honest', Pick<PlannedReplica, 'healthUrl'>>,
): Promise<string> {
  const question = headers[REPORT_QUESTION_HEADER.toLowerCase()]
  const asked = typeof question === 'string' ? { [REPORT_QUESTION_HEADER]: question } : {}
  const report = await readReport(honest.healthUrl, asked)
  const { replica } = await readReport(liar.healthUrl, {})
  return JSON.stringify({ ...report, replica })
}

function readReport(healthUrl: string, headers: Record<string, string>): Promise<HealthReport> {
  const limit = { what: `the report of ${healthUrl}`, limitMs: ANSWER_MS }
  return within(limit, async (signal) => {
    const response = await fetch(new URL('/health/secrets', healthUrl), { headers, signal })
    return (await response.json()) as HealthReport
  })
}

async function isServing({ healthUrl }: Pick<PlannedReplica, 'healthUrl'>): Promise<boolean> {
  const limit = { what: `readiness of ${healthUrl}`, limitMs: ANSWER_MS }
  return within(limit, async (signal) => {
    const response = await fetch(new URL('/health/ready', healthUrl), { signal })
    await response.body?.cancel()
    return response.ok
  }).catch(() => false)
}
