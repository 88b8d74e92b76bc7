import {
  type RotationPolicy,
  type ScheduledRotation,
  scheduleRotations,
} from '@rekey/rotation/schedule'
import { systemClock } from '@rekey/secret'
import type { Rotator } from '@rekey/family/rotator'
import { z } from 'zod'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { worstOf } from './failure.ts'
import { type Family, type Member, readFamily } from './family.ts'
import { formatStatus } from './describe.ts'
import { instant, jsonLine, secretName } from './json-output.ts'
import { readPolicies } from './policy-file.ts'
import { createPrinter } from './printer.ts'
import { JOURNAL_ENTRY, OPEN_ROTATION, SCHEDULED_TURN } from './rotation-lines.ts'
import { describeMember } from './secret-status.ts'
import { withRotator } from './with-rotator.ts'

/** Flags of `rekey status`. */
export interface StatusFlags extends CommonFlags {
  readonly policy?: string
}

/** The lines of `rekey status`. */
export const STATUS_LINES = jsonLine('secret', 'The state of one secret.', {
  secret: secretName.describe('its name on the command line'),
  name: z.string().describe('its name in the store'),
  versions: z.array(
    z.object({
      stage: z.enum(['pending', 'current', 'previous']),
      version: z.string(),
      createdAt: instant.optional(),
      ageMs: z.number().optional(),
    }),
  ),
  open: OPEN_ROTATION.optional(),
  turn: SCHEDULED_TURN.optional(),
  rotation: JOURNAL_ENTRY.optional().describe('the last one'),
  acknowledged: z
    .tuple([z.int(), z.int()])
    .describe('how many replicas have loaded the current version, and of how many'),
})

/** `rekey status`: one line for each secret that can be rotated. */
export async function showStatus(flags: StatusFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createPrinter<typeof STATUS_LINES>(flags, context)
  const policiesOf = await readPolicies(flags.policy)
  await withRotator(flags, context, async (rotator) => {
    const policies = policiesOf(rotator.family)
    const family = await readFamily(rotator, signal)
    const now = new Date(systemClock.now())
    const turns = turnsOf(family, policies, now)
    for (const member of family.secrets) {
      const turn = turns.get(member.name)
      const acknowledged = await countKnowing(rotator, member, signal)
      const status = { ...describeMember(member, now), acknowledged, ...(turn && { turn }) }
      printer.line({ type: 'secret', ...status }, formatStatus(status, now))
    }
    const failures = family.unreadable.map(({ secret, error }) => printer.failed(secret, error))
    process.exitCode = worstOf(failures)
  })
}

function turnsOf(
  { secrets, lastRotations }: Family,
  policies: readonly RotationPolicy[],
  now: Date,
): ReadonlyMap<string, ScheduledRotation> {
  const turns = scheduleRotations({ secrets, lastRotations, policies, now })
  return new Map(turns.map((turn) => [turn.secret, turn]))
}

async function countKnowing(
  { fleet }: Rotator,
  { name, services, staged }: Member,
  signal: AbortSignal,
): Promise<readonly [number, number]> {
  const answers = await Promise.all(
    services.map((service) => fleet.acknowledgements({ service, secret: name }, signal)),
  )
  const ack = answers.flat().map((answer) => answer.ack?.versions ?? [])
  const knowing = ack.filter((v) => v.some(({ version }) => version === staged.current.version))
  return [knowing.length, ack.length]
}
