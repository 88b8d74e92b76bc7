import { SecretError, type SecretSource, type SecretSpec } from '@rekey/secret'
import type { ServiceDefinition } from './define-service.ts'
import type { Environment } from './environment.ts'
import { parseStaged, type ParsedStages } from './parse-staged.ts'
import type { ProblemReport } from './problem-report.ts'

/** A secret that was read and proven. */
export interface LoadedSecret {
  readonly key: string
  readonly spec: SecretSpec
  readonly stages: ParsedStages<unknown>
}

/** Where and how secrets are read and proven. */
export interface SecretContext {
  readonly source: SecretSource
  readonly environment: Environment
  /** Absent if they are invalid; then nothing is probed, since a probe needs them. */
  readonly settings: Readonly<Record<string, unknown>> | undefined
  readonly probeTimeoutMs: number
}

/** Reads, parses and probes every secret of a service at once. Failures go to the report. */
export async function loadSecrets(
  definition: ServiceDefinition,
  context: SecretContext,
  report: ProblemReport,
): Promise<LoadedSecret[]> {
  const { locator } = context.source
  const loading = Object.entries(definition.secrets).map(async ([key, spec]) => {
    const name = spec.nameFor(definition.name)
    const stages = await report.collect({ key: name, rule: spec.rule, source: locator }, () =>
      loadSecret(spec, name, context),
    )
    return stages && { key, spec, stages }
  })
  return (await Promise.all(loading)).filter((loaded) => loaded !== undefined)
}

async function loadSecret(
  spec: SecretSpec,
  name: string,
  { source, environment, settings, probeTimeoutMs }: SecretContext,
): Promise<ParsedStages<unknown>> {
  const signal = AbortSignal.timeout(probeTimeoutMs)
  const raw = await withDeadline(source.read(name, signal), signal)
  const stages = parseStaged(spec, raw, environment)
  if (spec.probe !== undefined && settings !== undefined) {
    await withDeadline(spec.probe(stages.staged.current, { settings, signal }), signal)
  }
  return stages
}

/** Ends the wait even where the code waited for ignores its signal. */
function withDeadline<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new SecretError('unreachable', 'no answer in time: check that the far side is up'))
    })
    work.then(resolve, reject)
  })
}
