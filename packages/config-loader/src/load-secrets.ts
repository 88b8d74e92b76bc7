import { type RunningDeadline, startDeadline } from '@rekey/secret/internal'
import { SecretError, type SecretSource, type StagedSecret } from '@rekey/secret'
import type { ServiceDefinition } from './define-service.ts'
import { probeStages } from './follow/judge-version.ts'
import type { LoadedSecret } from './follow/followed-secret.ts'
import { type HeldSecret, heldSecret } from './held-secret.ts'
import { decideStaleness } from './follow/freshness.ts'
import { parseStaged } from './parse-staged.ts'
import type { ProblemReport } from './startup-error.ts'
import type { Loader } from './service-loader.ts'

/** Absent if they are invalid; then nothing is probed, since a probe needs them. */
type Settings = Readonly<Record<string, unknown>> | undefined

/** The secrets that a service starts with. */
export interface StartSecrets {
  readonly loaded: readonly LoadedSecret[]
  /** Those of other processes of the service. */
  readonly held: readonly HeldSecret[]
}

const NONE: StartSecrets = { loaded: [], held: [] }

type Reads = (name: string) => Promise<StagedSecret>

interface Wanted extends Pick<LoadedSecret, 'key' | 'name' | 'spec' | 'staleness'> {
  readonly read: Reads
  readonly limit: RunningDeadline
  readonly settings: Settings
}

/** Reads, parses and probes every secret of a service at once. Failures go to the report. */
export async function loadSecrets(
  definition: ServiceDefinition,
  loader: Loader,
  settings: Settings,
  report: ProblemReport,
): Promise<StartSecrets> {
  const all = Object.entries(definition.secrets).map(([key, spec]) => {
    return { key, spec, name: spec.nameFor(definition.name) }
  })
  if (all.length === 0) return NONE
  const isHeld = ({ key }: { key: string }) =>
    settings !== undefined && loader.holdOf(key) !== undefined
  const holding = all.filter(isHeld).map((secret) => hold(secret, loader, settings, report))
  const specs = all.filter((secret) => !isHeld(secret))
  const what = `the secrets of ${definition.name} from ${loader.source.locator}, and their proofs`
  const { clock, limitMs, signal } = loader
  const limit = startDeadline({ what, clock, limitMs, signal })
  const names = specs.map(({ name }) => name)
  const read = readsOf(loader.source, names, limit)
  const loading = specs.map(({ key, spec, name }) =>
    report.collect({ key: name, rule: spec.rule, source: loader.source.locator }, () => {
      const staleness = decideStaleness(...loader.policiesFor(key, name))
      return loadSecret({ key, name, spec, staleness, read, limit, settings }, loader)
    }),
  )
  try {
    const [loaded, held] = await Promise.all([Promise.all(loading), Promise.all(holding)])
    return {
      loaded: loaded.filter((each) => each !== undefined),
      held: held.filter((each) => each !== undefined),
    }
  } finally {
    limit.end()
  }
}

function hold(
  secret: Pick<HeldSecret, 'key' | 'name' | 'spec'>,
  loader: Loader,
  settings: Settings,
  report: ProblemReport,
): Promise<HeldSecret | undefined> {
  const { name, key, spec } = secret
  return report.collect({ key: name, rule: spec.rule, source: loader.source.locator }, async () => {
    const holder = await loader.holdOf(key)?.({ settings: settings as never })
    if (holder === undefined) throw new TypeError('a secret is held that has no holder')
    loader.own(holder, name)
    return heldSecret(secret, holder, loader.clock)
  })
}

/** All at one instant where the source can. */
function readsOf(source: SecretSource, names: readonly string[], limit: RunningDeadline): Reads {
  const { signal } = limit
  if (source.readAll === undefined) return (name) => limit.race(source.read(name, signal))
  const reading = limit.race(source.readAll(names, signal))
  return async (name) => {
    const result = (await reading).get(name)
    if (result === undefined)
      throw new SecretError('missing', 'the source left it out of its answer')
    if (result instanceof SecretError) throw result
    return result
  }
}

async function loadSecret(
  { read, limit, settings, ...wanted }: Wanted,
  loader: Loader,
): Promise<LoadedSecret> {
  try {
    const found = await findSecret(read, wanted, loader)
    const stages = parseStaged(wanted.spec, found.raw, loader.environment)
    if (settings !== undefined && wanted.spec.probe !== undefined) {
      const { signal } = limit
      await limit.race(probeStages(wanted.spec, stages.staged, { settings, signal }))
    }
    return { ...wanted, ...found, stages }
  } catch (error) {
    if (!(error instanceof SecretError) || wanted.staleness.need !== 'optional') throw error
    return { ...wanted, failure: error }
  }
}

type Found = Pick<LoadedSecret, 'ageMs' | 'failure'> & { readonly raw: StagedSecret }

/** From the source, or while that does not answer, from the last-good snapshot. */
async function findSecret(
  read: Reads,
  { name, staleness }: Pick<LoadedSecret, 'name' | 'staleness'>,
  loader: Loader,
): Promise<Found> {
  try {
    return { raw: await read(name) }
  } catch (failure) {
    const isDown = failure instanceof SecretError && failure.code === 'unreachable'
    if (!isDown || staleness.need === 'required') throw failure
    const kept = (await loader.keptSecrets()).get(name)
    const ageMs = kept && Math.max(0, loader.clock.now() - kept.confirmedAt)
    if (kept === undefined || ageMs === undefined || ageMs > staleness.maxStaleMs) throw failure
    loader.emit({ type: 'last-good-used', secret: name, ageMs })
    return { raw: kept.raw, ageMs, failure }
  }
}
