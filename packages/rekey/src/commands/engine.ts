import { kindsOf } from '../family/kinds.ts'
import { installCommand } from '@rekey/secret/internal'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import { rollBack } from '../engine/roll-back.ts'
import { rotate, type RotateOptions } from '../engine/rotate.ts'
import { sweepOrphans } from '../engine/sweep-orphans.ts'
import type { RotationKind } from '@rekey/secret/kind'

/** The calls of the engine that change a secret. */
export interface Engine {
  readonly rotate: typeof rotate
  readonly rollBack: typeof rollBack
  readonly sweepOrphans: typeof sweepOrphans
}

const UNTRACED: Engine = { rotate, rollBack, sweepOrphans }

/** Where `@opentelemetry/api` 1.x keeps what an SDK has registered, for each copy of it in this process. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/**
 * Opens the engine: with spans where an OpenTelemetry SDK was registered before, as by `NODE_OPTIONS=--import`. Where none was, nothing of
 * OpenTelemetry is loaded. No rotation fails for want of spans: that is a warning.
 */
export async function openEngine({ family }: Partial<Pick<Rotator, 'family'>>): Promise<Engine> {
  const traced = await findTraced()
  if (traced === undefined) return UNTRACED
  const attributes = family && {
    'deployment.environment.name': family.environment,
    'rekey.family.services': [...family.services],
  }
  const options = { ...(attributes && { attributes }) }
  return {
    rotate: traced.withSpans('rotate', rotate, options),
    rollBack: traced.withSpans('rollback', rollBack, options),
    sweepOrphans: traced.withSpans('sweep', sweepOrphans, options),
  }
}

/** Where the policy of the family has the rotations of a kind held. */
export function holdOf(
  { family }: Partial<Pick<Rotator, 'family'>>,
  { kind }: Pick<RotationKind, 'kind'>,
): Pick<RotateOptions, 'hold'> {
  const at = family?.policy.holds?.[kind]
  if (at === undefined) return {}
  const known = kindsOf(family ?? {}).get(kind)
  return { hold: { at, ...(known && { lifeOf: (version) => known.lifeOf(version) }) } }
}

/** Does `work` in the trace that the environment names, as a job of CI does in `TRACEPARENT`. */
export async function inTraceOf<T>(env: NodeJS.ProcessEnv, work: () => Promise<T>): Promise<T> {
  const traced = await findTraced()
  return traced === undefined ? work() : traced.withParentOf(env, work)
}

async function findTraced() {
  if (!Reflect.has(globalThis, REGISTERED)) return undefined
  return import('../engine/opentelemetry.ts').catch(warnOfMissing)
}

function warnOfMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
  const command = installCommand(import.meta.url, '@rekey/rekey', '@opentelemetry/api')
  process.emitWarning(`an OpenTelemetry SDK is registered, but rotations have no spans: ${command}`)
}
