import type { z } from 'zod'
import type { SecretSpecs, ServiceDefinition } from './define-service.ts'
import { type HealthListener, openHealthListener, type ReadinessCheck } from './health-listener.ts'
import { loadService } from './load-service.ts'
import type { Service } from './service.ts'
import { StartupError } from './startup-error.ts'

/** What a service's own code gives back once it serves. */
export interface RunningService {
  /** What must work for the service to be ready. */
  readonly checks?: Readonly<Record<string, ReadinessCheck>>
  /** Stops taking requests, finishes those in flight, closes what it opened. */
  close(): Promise<void>
}

/** The part of `process` that a service's life depends on. */
export type ServiceProcess = Pick<NodeJS.Process, 'env' | 'once' | 'exit' | 'stderr'>

/** What {@link runService} needs. */
export interface RunOptions<D extends ServiceDefinition> {
  readonly process: ServiceProcess
  /** The internal listener's port, out of the settings. */
  healthPort(service: Service<D>): number
  /** Opens what the service needs and its public port. Runs only after every secret was proven. */
  start(service: Service<D>): Promise<RunningService>
  /** How long a stop may take before the process exits anyway. Default 10,000. */
  readonly stopTimeoutMs?: number
}

/**
 * The life of a service process: load and prove, start, open the health listener, and on SIGTERM or SIGINT close in the
 * reverse order. A service that cannot start prints why, without values, and exits with 1.
 */
export async function runService<Settings extends z.ZodObject, Specs extends SecretSpecs>(
  definition: ServiceDefinition<Settings, Specs>,
  options: RunOptions<ServiceDefinition<Settings, Specs>>,
): Promise<void> {
  const { process } = options
  try {
    const service = await loadService(definition, { env: process.env })
    const running = await options.start(service)
    const { checks = {} } = running
    const health = await openHealthListener(service, { port: options.healthPort(service), checks })
    stopOnSignal(options, () => stop(health, running, service))
  } catch (error) {
    process.stderr.write(`${describeFailure(definition.name, error)}\n`)
    process.exit(1)
  }
}

async function stop(health: HealthListener, running: RunningService, service: Service) {
  await running.close()
  await health.close()
  service.close()
}

function stopOnSignal(
  { process, stopTimeoutMs = 10_000 }: Pick<RunOptions<never>, 'process' | 'stopTimeoutMs'>,
  close: () => Promise<void>,
): void {
  const onSignal = () => {
    setTimeout(() => process.exit(1), stopTimeoutMs).unref()
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

function describeFailure(name: string, error: unknown): string {
  if (error instanceof StartupError) return error.message
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const kind = error instanceof Error ? error.name : typeof error
  return `${name} cannot start: ${REMEDIES[code] ?? `${kind} (${code})`}`
}
