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
  /** Stops taking requests, finishes those in flight, closes what it opened. */
  readonly close: () => Promise<void>
}

/** The part of `process` that a service's life depends on. */
export type ServiceProcess = Pick<NodeJS.Process, 'once' | 'exit' | 'stderr'>

/** How long a stop may take before the process exits anyway, in milliseconds. */
const STOP_TIMEOUT_MS = 10_000

/**
 * The life of a service process: start, open the health listener, and on SIGTERM or SIGINT close in the reverse order. A
 * service that cannot start prints why, without values, and exits with 1.
 *
 * @param start loads the service, opens what it needs, then its public port
 */
export async function runService(
  process: ServiceProcess,
  start: () => Promise<RunningService>,
): Promise<void> {
  try {
    const running = await start()
    const { service, healthPort, checks = {} } = running
    const health = await openHealthListener(service, { port: healthPort, checks })
    stopOnSignal(process, () => stop(health, running))
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`)
    process.exit(1)
  }
}

async function stop(health: HealthListener, { service, close }: RunningService): Promise<void> {
  await close()
  await health.close()
  await service.close()
}

function stopOnSignal(process: ServiceProcess, close: () => Promise<void>): void {
  const onSignal = () => {
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
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
