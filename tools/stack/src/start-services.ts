import { join } from 'node:path'
import type { DisposalStack } from '@rekey/secret'
import { type ChildService, openChildService } from './child-service.ts'
import type { PlannedReplica } from './plan-services.ts'
import type { ServicePlace, StackStore } from './stores/stack-store.ts'

/** Options of the started processes. */
export interface StartOptions {
  readonly storage: StackStore
  readonly logDirectory: string
  readonly healthKeyFile?: string
  readonly nodeOptions?: string
  readonly signal?: AbortSignal
  readonly onProgress: (what: string) => void
}

/** Starts one process after the other, each once the one before it is ready. */
export async function startServices(
  planned: readonly PlannedReplica[],
  options: StartOptions,
  own: DisposalStack,
): Promise<ChildService[]> {
  const places = new Map<string, ServicePlace>()
  const services: ChildService[] = []
  for (const replica of planned) {
    const { service } = replica
    options.onProgress(service)
    const place = places.get(service) ?? (await options.storage.placeFor(service))
    places.set(service, place)
    const child = await startService(replica, place, options)
    own.defer(() => child.stop(), service)
    services.push(child)
  }
  return services
}

function startService(
  { service, healthUrl, env }: PlannedReplica,
  { locator, variables }: ServicePlace,
  { storage, logDirectory, healthKeyFile, nodeOptions, signal }: StartOptions,
): Promise<ChildService> {
  const source = { REKEY_ENVIRONMENT: storage.environment, REKEY_SECRETS: locator }
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
