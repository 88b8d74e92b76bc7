import {
  type ProbeContext,
  SecretError,
  type SecretSource,
  type SecretSpec,
  type StagedSecret,
} from '@rekey/secret'
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
  if (settings !== undefined) {
    await withDeadline(probe(spec, stages.staged, { settings, signal }), signal)
  }
  return stages
}

/** In the middle of a cut-over the far side accepts another version than `current`. */
async function probe(spec: SecretSpec, staged: StagedSecret<unknown>, context: ProbeContext) {
  const { pending, previous } = staged
  const others = spec.fallsBack === true ? [pending, previous].filter((v) => v !== undefined) : []
  try {
    await spec.probe?.(staged.current, context)
  } catch (error) {
    const isRejected = error instanceof SecretError && error.code === 'rejected'
    if (!isRejected || others.length === 0) throw error
    await Promise.any(others.map(async (version) => spec.probe?.(version, context))).catch(() => {
      throw error
    })
  }
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
