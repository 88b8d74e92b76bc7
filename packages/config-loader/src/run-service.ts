import { type DisposalError, DisposalStack } from '@rekey/secret'
import { type HealthListener, openHealthListener, type ReadinessCheck } from './health-listener.ts'
import type { Service } from './service.ts'
import { StartupError } from './startup-error.ts'

/** What a service gives back once it serves. */
export interface RunningService {
  readonly service: Service
  /** The port of the internal listener. */
  readonly healthPort: number
  /** What must work for the service to be ready. */
  readonly checks?: Readonly<Record<string, ReadinessCheck>>
}

/** The part of `process` that a service's life depends on. */
export type ServiceProcess = Pick<NodeJS.Process, 'once' | 'exit' | 'stderr'>

/** How long a stop may take before the process exits anyway, in milliseconds. */
const STOP_TIMEOUT_MS = 10_000

/**
 * Runs a service process: starts it, opens the health listener, and on SIGTERM or SIGINT disposes everything in the reverse
 * order. A service that cannot start prints why, without values, disposes what it has opened, and exits with 1.
 *
 * @param start loads the service, opens what it needs, then its public port; it adds each of them to `own`
 * @example
 * ```ts
 * await runService(process, async (own) => {
 *   const service = own.use(await loadService(definition, { env: process.env }), 'secrets')
 *   const pool = own.use(await openRotatingPool({ credentials: service.secrets.database }), 'database')
 *   const server = createServer(listener).listen(service.settings.PORT)
 *   own.defer(() => new Promise((resolve) => server.close(resolve)), 'listener')
 *   return { service, healthPort: service.settings.HEALTH_PORT }
 * })
 * ```
 */
export async function runService(
  process: ServiceProcess,
  start: (own: DisposalStack) => Promise<RunningService>,
): Promise<void> {
  const own = new DisposalStack()
  let health: HealthListener | undefined
  // First in, last out: probes are answered until everything else has stopped.
  own.defer(() => health?.close(), 'health listener')
  try {
    const { service, healthPort, checks = {} } = await start(own)
    health = await openHealthListener(service, { port: healthPort, checks })
    stopOnSignal(process, own)
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`)
    await stop(process, own, 1)
  }
}

async function stop(process: ServiceProcess, own: DisposalStack, exitCode: number): Promise<void> {
  setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
  try {
    await own.dispose()
    process.exit(exitCode)
  } catch (error) {
    process.stderr.write(`${(error as DisposalError).message}\n`)
    process.exit(1)
  }
}

function stopOnSignal(process: ServiceProcess, own: DisposalStack): void {
  const onSignal = () => void stop(process, own, 0)
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
}

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken: stop what listens there, or choose another',
  EACCES: 'the port may not be opened by this user: choose one above 1024',
}

function describeFailure(error: unknown): string {
  if (error instanceof StartupError) return error.message
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const kind = error instanceof Error ? error.name : typeof error
  return `cannot start: ${REMEDIES[code] ?? `${kind} (${code})`}`
}
