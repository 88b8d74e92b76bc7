import type { ProbeContext, SecretErrorCode } from '@rekey/secret/internal'
import { SecretError, type SecretSpec, type StagedSecret, within } from '@rekey/secret'
import type { Environment } from '../environment.ts'
import { parseStaged, type ParsedStages, type Rejected } from '../parse-staged.ts'
import { asSecretError, type Limit } from './source-reader.ts'

/** How versions are judged. */
export interface JudgeContext extends Limit {
  readonly environment: Environment
  readonly settings: ProbeContext['settings']
}

/**
 * The answers of a far side that veto a version. One that does not answer vetoes nothing: with its database down, a service
 * must still follow a rotation that was made before.
 */
const VETOES = new Set<SecretErrorCode>(['rejected', 'refused', 'malformed', 'forbidden'])

/** Versions that may be taken over, or the one because of which they may not. */
export type Verdict<T> = ParsedStages<T> | Rejected

/** Reads a new answer of the source by its spec, and where `current` is another version than `known`, really tries it. */
export async function judgeVersion<T>(
  spec: SecretSpec<T>,
  raw: StagedSecret,
  known: string | undefined,
  context: JudgeContext,
): Promise<Verdict<T>> {
  const { environment, settings, signal } = context
  const rejected = (by: Rejected['by'], error: unknown): Rejected => {
    signal.throwIfAborted()
    const { stage, version } = raw.current
    return { stage, version, by, error: asSecretError(error) }
  }
  let stages: ParsedStages<T>
  try {
    stages = parseStaged(spec, raw, environment)
  } catch (error) {
    return rejected('rule', error)
  }
  if (spec.probe === undefined || stages.staged.current.version === known) return stages
  try {
    const what = `the proof of ${raw.name}`
    await within({ ...context, what }, (signal) =>
      probeStages(spec, stages.staged, { settings, signal }),
    )
  } catch (error) {
    if (!(error instanceof SecretError) || VETOES.has(error.code)) return rejected('probe', error)
  }
  return stages
}

/** In the middle of a cut-over the far side accepts another version than `current`. */
export async function probeStages<T>(
  spec: SecretSpec<T>,
  staged: StagedSecret<T>,
  context: ProbeContext,
): Promise<void> {
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
