import {
  type RunningDeadline,
  SecretError,
  type SecretSource,
  type StagedSecret,
  startDeadline,
} from '@rekey/secret'
import type { ServiceDefinition } from './define-service.ts'
import { probeStages } from './follow/judge-version.ts'
import type { LoadedSecret } from './follow/followed-secret.ts'
import { decideStaleness } from './follow/freshness.ts'
import { parseStaged } from './parse-staged.ts'
import type { ProblemReport } from './startup-error.ts'
import type { Loader } from './service-loader.ts'

/** Absent if they are invalid; then nothing is probed, since a probe needs them. */
type Settings = Readonly<Record<string, unknown>> | undefined

const NONE: readonly LoadedSecret[] = []

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
): Promise<readonly LoadedSecret[]> {
  const specs = Object.entries(definition.secrets).map(([key, spec]) => {
    return { key, spec, name: spec.nameFor(definition.name) }
  })
  if (specs.length === 0) return NONE
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
    return (await Promise.all(loading)).filter((loaded) => loaded !== undefined)
  } finally {
    limit.end()
  }
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
