import { join } from 'node:path'
import type { DisposalStack } from '@rekey/secret'
import { type ChildService, openChildService } from './child-service.ts'
import type { PlannedReplica } from './plan-services.ts'
import type { ServicePlace, StackStore } from './stores/stack-store.ts'

/** Options of the started processes. */
export interface StartOptions {
  readonly storage: StackStore
  readonly logDirectory: string
  /** Of the signed log in which each service records its accesses. */
  readonly auditDirectory: string
  readonly healthKeyFile?: string
  readonly nodeOptions?: string
  readonly signal?: AbortSignal
  readonly onProgress: (what: string) => void
}

/** Starts the replicas of a plan, each of a service with the place that its service has in the store. */
export interface ServiceStarter {
  /** Starts one process after the other, each once the one before it is ready. They stop when the stack ends. */
  all(planned: readonly PlannedReplica[]): Promise<ChildService[]>
  /**
   * Starts one process. It stops when the stack ends, if it is still there.
   *
   * @param place where it reads its secrets. Default: the place that its service has
   */
  one(planned: PlannedReplica, place?: ServicePlace): Promise<ChildService>
}

/** Creates a starter of services, whose processes end with `own`. */
export function createServiceStarter(options: StartOptions, own: DisposalStack): ServiceStarter {
  const places = new Map<string, ServicePlace>()
  const placeOf = async (service: string) => {
    const place = places.get(service) ?? (await options.storage.placeFor(service))
    places.set(service, place)
    return place
  }
  const one = async (replica: PlannedReplica, place?: ServicePlace) => {
    const { service } = replica
    const child = await startService(replica, place ?? (await placeOf(service)), options)
    own.defer(() => child.stop(), service)
    return child
  }
  return {
    one,
    async all(planned) {
      const services: ChildService[] = []
      for (const replica of planned) {
        options.onProgress(replica.service)
        services.push(await one(replica))
      }
      return services
    },
  }
}

function startService(
  { service, healthUrl, env }: PlannedReplica,
  { locator, variables }: ServicePlace,
  { storage, logDirectory, auditDirectory, healthKeyFile, nodeOptions, signal }: StartOptions,
): Promise<ChildService> {
  const source = {
    REKEY_ENVIRONMENT: storage.environment,
    REKEY_SECRETS: locator,
    REKEY_AUDIT_DIRECTORY: auditDirectory,
  }
  const signed = healthKeyFile === undefined ? {} : { REKEY_HEALTH_KEY_FILE: healthKeyFile }
  const node = nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }
  return openChildService({
    name: service,
    healthUrl,
    logPath: join(logDirectory, `${service}-${new URL(healthUrl).port}.log`),
    env: { ...source, ...signed, ...node, ...variables, ...env },
    ...(signal && { signal }),
  })
}
