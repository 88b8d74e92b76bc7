import type { RotationPolicy } from '../engine/schedule/due-times.ts'
import type { z } from 'zod'
import { toMs } from './duration.ts'
import { type Family, scheduleEntry } from './schema.ts'
import { type KindTable, kindsOf, type WithKinds } from './kinds.ts'

/** When secrets are due, by kind, as it is written in a file: `{ "database": { "rotateAfter": "7 d", "stagger": "15 min" } }`. */
export type Schedule = Readonly<Record<string, z.output<typeof scheduleEntry>>>

export { scheduleEntry }

/** The schedule of each kind that has one. */
export function policiesOf(kinds: KindTable): readonly RotationPolicy[] {
  return [...kinds.values()].flatMap(({ kind, schedule }) =>
    schedule === undefined ? [] : [{ kind, ...schedule }],
  )
}

/** Derives when the secrets of each kind of a family are due: as its policy declares, otherwise by the schedule of the kind. */
export function schedulePolicies(
  family: Pick<Family, 'policy'> & WithKinds,
): readonly RotationPolicy[] {
  const { schedule, windows = {} } = family.policy
  return withSchedule(schedule, policiesOf(kindsOf(family))).map((policy) => {
    const window = windows[policy.kind]
    return { ...policy, ...(window && { window }) }
  })
}

/** Replaces the schedule of the kinds that `written` names, but for their windows; all others keep that of `policies`. */
export function withSchedule(
  written: Schedule,
  policies: readonly RotationPolicy[],
): readonly RotationPolicy[] {
  const replaced = new Map(policies.map((policy) => [policy.kind, policy]))
  for (const [kind, entry] of Object.entries(written)) {
    const { window } = replaced.get(kind) ?? {}
    replaced.set(kind, { ...toPolicy(kind, entry), ...(window && { window }) })
  }
  return [...replaced.values()]
}

function toPolicy(kind: string, written: Schedule[string]): RotationPolicy {
  const { rotateAfter, maxAge, stagger, dueIfAgeUnknown } = written
  return {
    kind,
    staggerMs: toMs(stagger),
    ...(rotateAfter !== undefined && { rotateAfterMs: toMs(rotateAfter) }),
    ...(maxAge !== undefined && { maxAgeMs: toMs(maxAge) }),
    ...(dueIfAgeUnknown !== undefined && { dueIfAgeUnknown }),
  }
}
