import { type Clock, SecretError, type StagedSecret, systemClock } from '@rekey/secret'
import type { Inspectable } from '../inspectable.ts'
import type { WatchableStore } from '../memory-store.ts'
import { advance, createStoreVerbs, type StoreChange } from '../transitions.ts'
import { stagedSecret } from '../stored-stages.ts'
import { createWatchedReads } from '../watched-reads.ts'
import { findLacking } from './access-review.ts'
import { createConnect, type KubernetesAccess } from './kubernetes-access.ts'
import { rbacFor } from './rbac.ts'
import { objectName, patchFor, type SecretObject, stagesIn } from './secret-object.ts'
import { createSecretsApi, type SecretsApi } from './secrets-api.ts'
import { watchObject } from './watch-object.ts'

/** Options of {@link openKubernetesStore}. */
export interface KubernetesStoreOptions {
  /** The namespace of the Secret objects. */
  readonly namespace: string
  /** See `findKubernetesAccess`. */
  readonly access: KubernetesAccess
  /** How often a watched secret is read even without an event. Default 60 s. */
  readonly pollMs?: number
  /** How long one answer may take. Default 10 s. */
  readonly timeoutMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** A store over the Secrets of one namespace. Disposing it ends its watches. */
export type KubernetesStore = WatchableStore &
  Required<Pick<Inspectable, 'lacks' | 'rightsToRead' | 'warnings'>> &
  AsyncDisposable

const ORIGIN = { kind: 'store', store: 'kubernetes' } as const

/** Others may change labels or other keys of the object between a read and a write; they do not do so for long. */
const MAX_ATTEMPTS = 5

/**
 * Opens the Secrets of a namespace as a store, through the API. A secret `NAME` is an object of its own (`objectName`) with the
 * keys `NAME`, `NAME__PENDING` and `NAME__PREVIOUS`, as `openMountSource` reads them where it is mounted, and annotations for
 * the times of their creation and the journals of their rotations. A write names only these and holds on to the `resourceVersion` that was read; everything else
 * in the object stays as it is. Nothing is asked of the server before the first read.
 *
 * @throws {SecretError} `malformed` for a bad namespace, `refused` for a server without TLS
 *
 * @example
 * ```ts
 * const access = await findKubernetesAccess(process.env)
 * await using store = await openKubernetesStore({ namespace: 'vpn', access })
 * ```
 */
export async function openKubernetesStore(
  options: KubernetesStoreOptions,
): Promise<KubernetesStore> {
  const settings = { pollMs: 60_000, timeoutMs: 10_000, clock: systemClock, ...options }
  const { namespace, clock } = settings
  checkNamespace(namespace)
  const connect = createConnect(options.access)
  const api = createSecretsApi({ ...settings, connect })
  const closing = new AbortController()
  const reads = createWatchedReads({
    clock,
    load: async (name) => staged(name, await api.read(objectName(name))),
    wakeUp(wakeup, name, signal) {
      watchObject(wakeup, { ...settings, connect, object: objectName(name), signal })
    },
  })
  return Promise.resolve({
    locator: `kubernetes:${namespace}`,
    ...createStoreVerbs(clock, (change) => apply(api, change)),
    read: reads.read,
    watch: (name, signal) => reads.watch(name, AbortSignal.any([signal, closing.signal])),
    lacks: (names, signal) => findLacking(namespace, names, { ...settings, connect, signal }),
    rightsToRead: (names) => [JSON.stringify(rbacFor({ namespace, names, may: 'read' }))],
    async warnings(names, signal) {
      const objects = await Promise.all(names.map((name) => api.read(objectName(name), signal)))
      return names
        .filter((_, i) => objects[i]?.immutable)
        .map((name) => ({ rule: 'immutable', name, message: immutable(name).message }))
    },
    [Symbol.asyncDispose]() {
      closing.abort()
      return Promise.resolve()
    },
  })
}

async function apply(api: SecretsApi, change: StoreChange): Promise<StagedSecret> {
  const { name } = change
  const object = objectName(name)
  for (let attempt = 1; ; attempt += 1) {
    const found = await api.read(object)
    const before = stagesIn(found, name)
    const after = advance(before, change)
    const patch = patchFor(name, before, after)
    try {
      if (Object.keys(patch.data).length > 0) await write(api, { name, object, found, patch })
      return stagedSecret(name, after, 'create it first', ORIGIN)
    } catch (error) {
      const isOvertaken = error instanceof SecretError && error.code === 'conflict'
      if (!isOvertaken || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

async function write(
  api: SecretsApi,
  {
    name,
    object,
    found,
    patch,
  }: {
    name: string
    object: string
    found: SecretObject | undefined
    patch: ReturnType<typeof patchFor>
  },
): Promise<void> {
  if (found === undefined) return api.create(object, patch)
  if (found.immutable) throw immutable(name)
  return api.patch(object, found.resourceVersion, patch)
}

function staged(name: string, object: SecretObject | undefined): StagedSecret {
  const remedy = `create the Secret ${objectName(name)} with it`
  return stagedSecret(name, stagesIn(object, name), remedy, ORIGIN)
}

function immutable(name: string): SecretError {
  return new SecretError(
    'refused',
    `the Secret ${objectName(name)} is marked immutable, so ${name} cannot be rotated: replace it by one that is not, and restart the pods that mount it`,
    { reason: 'immutable' },
  )
}

function checkNamespace(namespace: string): void {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) return
  throw new SecretError('malformed', 'that is no name of a Kubernetes namespace: correct it')
}
