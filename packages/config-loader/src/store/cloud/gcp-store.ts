import { type Clock, parseSecureUrl, SecretError, systemClock } from '@rekey/secret'
import { formatAfter, jitteredMs, requireFormat, type Stage, STAGES } from '@rekey/secret/internal'
import type { Inspectable } from '../inspectable.ts'
import type { WatchableStore } from '../memory-store.ts'
import { createPolledReads } from '../polled-reads.ts'
import { stagedSecret, type StoredStages, type StoredVersion } from '../stored-stages.ts'
import { advance, createStoreVerbs, type StoreChange } from '../transitions.ts'
import { withRetries } from '../with-retries.ts'
import { loginToGoogle, type Variables } from './cloud-logins.ts'
import { createSession } from './cloud-request.ts'
import { createGcpApi, type GcpApi, type GcpSecret } from './gcp-api.ts'
import { parseGcpPlace } from './cloud-names.ts'

/** Options of {@link openGcpStore}. */
interface GcpStoreOptions {
  readonly env: Variables
  /** A watch looks again after a random time between half of this and all of it. Default 300,000. */
  readonly ttlMs?: number
  /** For one request. Default 5,000. */
  readonly timeoutMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

type GcpStore = WatchableStore & Required<Pick<Inspectable, 'rightsToRead'>> & AsyncDisposable

/** A secret at one instant. */
interface Snapshot {
  readonly secret: GcpSecret
  readonly stages: StoredStages
}

const ORIGIN = { kind: 'store', store: 'gcp' } as const
const MARK = 'rekey-'
const FORMAT = `${MARK}format`

/**
 * Opens Secret Manager of Google Cloud as a store. The aliases `pending`, `current` and `previous` of a secret name its versions;
 * annotations have their times and journals. One request moves all of them, and the service refuses it after any other change (`etag`).
 * A version without an alias is never read.
 *
 * @param place a project, or a project and a prefix
 * @throws {SecretError} `malformed` for another place, `refused` for an endpoint of clear text
 * @see https://cloud.google.com/secret-manager/docs/etags
 */
export function openGcpStore(place: string, options: GcpStoreOptions): GcpStore {
  const { env, ttlMs = 300_000, timeoutMs = 5_000, clock = systemClock } = options
  const closing = new AbortController()
  const { parent, idOf } = parseGcpPlace(place)
  const address = env['CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER']
  const base = parseSecureUrl(
    address ?? 'https://secretmanager.googleapis.com',
    'CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER',
  )
  const calls = { clock, timeoutMs, closing: closing.signal }
  const ask = createSession(() => loginToGoogle(env, calls), calls)
  const api = createGcpApi({ base, parent, ask })
  const retry = { clock, random: Math.random, signal: closing.signal }
  const read = createReader(api, (work) => withRetries(retry, work))
  const reads = createPolledReads({
    ...{ clock, closing: closing.signal },
    waitMs: () => jitteredMs(ttlMs),
    async load(name) {
      const id = idOf(name)
      const found = await read(id)
      const remedy = `set the alias current of ${id} to a version of it, or create it with rekey issue`
      return stagedSecret(name, found?.stages ?? {}, remedy, ORIGIN)
    },
  })
  return {
    locator: `gcp:${place}`,
    ...createStoreVerbs(clock, async (change) => {
      try {
        const id = idOf(change.name)
        const after = await write(api, { id, change, found: await read(id) })
        return stagedSecret(change.name, after, 'create it first', ORIGIN)
      } finally {
        reads.changed(change.name)
      }
    }),
    read: reads.read,
    watch: reads.watch,
    rightsToRead: (names) =>
      names.map((name) => `secretmanager.secrets.get and versions.access on ${idOf(name)}`),
    [Symbol.asyncDispose]() {
      closing.abort(new SecretError('unreachable', `gcp:${place} was closed: open it again`))
      return Promise.resolve()
    },
  }
}

/** Reads secrets: first the aliases, then the values of versions that are new, which never change. */
function createReader(api: GcpApi, retry: <T>(work: () => Promise<T>) => Promise<T>) {
  const kept = new Map<string, ReadonlyMap<string, string>>()
  const readOnce = async (id: string) => {
    const secret = await retry(() => api.get(id))
    if (secret === undefined) return undefined
    const known = kept.get(id)
    const values = new Map<string, string>()
    await Promise.all(
      numbersIn(secret).map(async (number) => {
        // A secret that was deleted and made again begins with version 1 again.
        const key = `${secret.createTime} ${number}`
        const value = known?.get(key) ?? (await retry(() => api.access(id, number)))
        if (value !== undefined) values.set(key, value)
      }),
    )
    kept.set(id, values)
    return { secret, stages: stagesOf(secret, values, id), readable: values.size }
  }
  return async (id: string): Promise<Snapshot | undefined> => {
    const first = await readOnce(id)
    // A version that has lost its alias since may be destroyed already.
    const isTorn = first !== undefined && first.readable < numbersIn(first.secret).length
    return isTorn ? readOnce(id) : first
  }
}

function numbersIn({ versionAliases }: GcpSecret): string[] {
  return [...new Set(STAGES.flatMap((stage) => versionAliases[stage] ?? []))]
}

function stagesOf(secret: GcpSecret, values: ReadonlyMap<string, string>, id: string) {
  const { versionAliases, annotations, createTime } = secret
  requireFormat('gcp-secret', formatAfter('', annotations[FORMAT]), id)
  const stages: Partial<Record<Stage, StoredVersion>> = {}
  for (const stage of STAGES) {
    const number = versionAliases[stage] ?? ''
    const value = values.get(`${createTime} ${number}`)
    if (value === undefined) continue
    const [time = '', journal] = (annotations[MARK + number] ?? '').split(' ')
    const createdAt = new Date(time)
    const isDated = !Number.isNaN(createdAt.getTime())
    stages[stage] = { value, ...(isDated && { createdAt }), ...(journal && { journal }) }
  }
  return stages
}

/** Makes a change, and returns the stages after it. */
async function write(
  api: GcpApi,
  change: { id: string; change: StoreChange; found: Snapshot | undefined },
): Promise<StoredStages> {
  const { id, found } = change
  const { next, verb, name } = change.change
  if (found === undefined && verb !== 'create') {
    throw new SecretError('missing', `${name} has no value: create it first`)
  }
  const after = advance(found?.stages ?? {}, change.change)
  const secret = found?.secret ?? (await api.create(id))
  const numbers = new Map<StoredVersion | undefined, string>()
  for (const stage of STAGES) {
    const [version, number] = [found?.stages[stage], secret.versionAliases[stage]]
    if (version !== undefined && number !== undefined) numbers.set(version, number)
  }
  const added = next && (await api.addVersion(id, next.value))
  if (added !== undefined) numbers.set(next, added)
  const live = STAGES.flatMap((stage) => {
    const number = numbers.get(after[stage])
    return number === undefined ? [] : [{ stage, number, version: after[stage] }]
  })
  const isSame = STAGES.every((stage) => after[stage] === found?.stages[stage])
  try {
    if (!isSame) await api.patch(id, marked(secret, live))
  } catch (error) {
    // Only a definite refusal: where no answer came, it may be the pending version by now.
    const isRefused = error instanceof SecretError && error.code === 'conflict'
    if (isRefused && added !== undefined) await api.destroy(id, added)
    throw error
  }
  const gone = [...numbers.values()].filter((each) => !live.some(({ number }) => number === each))
  await Promise.all(gone.map((number) => api.destroy(id, number)))
  return after
}

interface LiveVersion {
  readonly stage: Stage
  readonly number: string
  readonly version: StoredVersion | undefined
}

/** The secret with these aliases and annotations, and with all others of it. */
function marked(secret: GcpSecret, live: readonly LiveVersion[]): GcpSecret {
  const { versionAliases, annotations } = secret
  const isOther = ([name]: [string, string]) => !(STAGES as readonly string[]).includes(name)
  const isForeign = ([name]: [string, string]) => name === FORMAT || !/^rekey-\d+$/.test(name)
  return {
    ...secret,
    versionAliases: {
      ...Object.fromEntries(Object.entries(versionAliases).filter(isOther)),
      ...Object.fromEntries(live.map(({ stage, number }) => [stage, number])),
    },
    annotations: {
      ...Object.fromEntries(Object.entries(annotations).filter(isForeign)),
      ...Object.fromEntries(
        live.map(({ number, version: { createdAt, journal } = { value: '' } }) => [
          MARK + number,
          [createdAt?.toISOString() ?? '-', ...(journal === undefined ? [] : [journal])].join(' '),
        ]),
      ),
    },
  }
}
