import type { Displaced } from '../journal/emergency-claim.ts'
import type { RotationError } from '../engine/rotation-error.ts'
import { HOLD_POINTS, type HoldPoint, type RotationEvent } from '../journal/journal.ts'
import type { RotationKind } from '@rekey/secret/kind'
import { z } from 'zod'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { instant, jsonLine, secretName } from './json-output.ts'
import { createPrinter, type Printer } from './printer.ts'

const SEVEN_STEPS = ['generate', 'stage', 'admit', 'prove', 'promote', 'confirm', 'revoke'] as const
const STEP = z.enum([...SEVEN_STEPS, 'confirm-revoked', 'roll-back', 'abort', 'sweep'])
const MODE = z.enum(['forward', 'rollback', 'emergency'])
const LATE_USE = z.object({
  type: z.literal('stale-or-stolen'),
  id: z.string(),
  source: z.string().describe('the address that it came from, and the replica that reports it'),
  count: z.int(),
  lastAt: z.int().optional().describe('milliseconds since the epoch'),
})
const VERSION = z.object({ version: z.string(), id: z.string().optional() })
const ROTATION = {
  secret: secretName.describe('its name in the store'),
  version: z.string().describe('the version that is current since then'),
  revoked: z.string().optional(),
  unproven: z.array(z.string()).optional(),
  closed: z.array(z.string()).optional(),
  strangers: z.array(z.string()).optional().describe('left open: the store does not name them'),
  gapMs: z
    .int()
    .optional()
    .describe('how long logins may have failed, where the far side holds one value'),
  lateUses: z.array(LATE_USE).optional(),
}

const lateCall = z
  .string()
  .optional()
  .describe('what a call of a displaced rotator may still do where it cannot be refused')

const HOLD = {
  at: z.enum(HOLD_POINTS),
  since: instant,
  version: z.string().describe('the version that it made: rekey rotate NAME --go VERSION'),
  until: instant.optional().describe('when it goes on by itself'),
}

/** A rotation that was begun and has not ended. */
export const OPEN_ROTATION = z.object({
  mode: MODE,
  request: z.string().optional(),
  since: instant.optional(),
  resumesAt: instant.optional().describe('before then its step has nothing to do'),
  held: z.object(HOLD).optional().describe('it waits for an order'),
  holder: z.string().optional().describe('the rotator that works on it'),
})

/** The last rotation, as the journal has it. */
export const JOURNAL_ENTRY = z.object({
  secret: secretName,
  epoch: z.int(),
  holder: z.string().optional(),
  step: STEP.optional(),
  phase: z.string().optional(),
  at: instant,
  intent: z
    .object({
      mode: MODE,
      from: VERSION,
      to: VERSION.optional(),
      isClearing: z
        .boolean()
        .optional()
        .describe('the versions of the rotation that it found open are still to be revoked'),
      promotedAt: z.number().optional().describe('milliseconds since the epoch'),
      lost: z.array(VERSION).optional(),
      accounts: z
        .array(z.object({ ...VERSION.shape, account: z.string().optional() }))
        .optional()
        .describe('the role of each version that has no receipt'),
      gap: z
        .object({ begunAt: z.number(), lastedMs: z.number().optional() })
        .optional()
        .describe('since when, and how long, logins may have failed'),
      progress: z.unknown().optional().describe('what its kind has observed'),
      hold: z
        .object({
          ...{ at: z.enum(HOLD_POINTS), since: z.number(), version: z.string() },
          isOver: z.boolean().optional().describe('an operator has let it go on'),
        })
        .optional(),
      resumesAt: z.number().optional().describe('before then its step has nothing to do; in ms'),
      receipts: z
        .array(
          z.object({
            ...{ ...VERSION.shape, at: z.number(), evidence: z.string() },
            isKept: z.boolean().optional().describe('its role is still there, closed: rekey sweep'),
          }),
        )
        .optional(),
      request: z.string().optional(),
      unaudited: z
        .object({ entries: z.array(z.unknown()), dropped: z.int().optional() })
        .optional()
        .describe('what an emergency did that is not in the audit log yet'),
      outcome: z.union([z.object(ROTATION), z.literal('rolled-back')]).optional(),
    })
    .optional(),
})

const TURN = {
  secret: secretName,
  kind: z.string(),
  reason: z.enum(['open', 'held', 'age', 'expiry', 'age unknown', 'never']),
  isDue: z.boolean(),
  isOverdue: z.boolean(),
  dueAt: instant.optional(),
  overdueAt: instant.optional(),
  putOff: z.object({ until: instant, after: z.string() }).optional(),
  outside: z.object({ opensAt: instant, window: z.string() }).optional(),
}

/** When the turn of a secret is. */
export const SCHEDULED_TURN = z.object(TURN)

/** The lines of the steps of a rotation. */
export const STEP_LINES = [
  jsonLine('step', 'A step has ended.', {
    secret: secretName,
    step: STEP,
    phase: z.literal('end'),
    message: z.string().optional(),
  }),
  jsonLine('alarm', 'A version was shown after its time.', {
    secret: secretName,
    step: STEP,
    phase: z.literal('alarm'),
    message: z.string().optional(),
    lateUse: LATE_USE.optional(),
  }),
] as const
const ROLLED_BACK = jsonLine('rolled-back', 'A rotation was rolled back.', {
  secret: secretName,
  version: z.string(),
  removed: z.string().optional().describe('absent if no rotation was open'),
  outcome: z.literal('rolled back').optional(),
})

/** The line of a rotation that has ended. */
export const ROTATED = jsonLine('rotated', 'A rotation has ended.', {
  ...ROTATION,
  outcome: z.literal('rotated').optional(),
})

/** The line of an emergency that does not wait for a live rotator. */
export const TAKEN_OVER = jsonLine(
  'taken-over',
  'The secret has leaked, and was taken over from a live rotator, which writes nothing more.',
  {
    secret: secretName,
    from: z.string().describe('the rotator that worked on it'),
    epoch: z.int().describe('of its claim'),
    lateCall,
  },
)

/** The line of an emergency that the audit log did not take. */
export const UNAUDITED = jsonLine(
  'unaudited',
  'The audit log could not be written: the journal keeps entries of this emergency, and the next rotation writes them first.',
  { secret: secretName, unaudited: z.int().describe('how many entries') },
)

const POSTPONED = jsonLine(
  'postponed',
  'A rotation has nothing to do before a time: the first run after it goes on.',
  { secret: secretName, outcome: z.literal('postponed'), until: instant },
)

const HELD = jsonLine(
  'held',
  'A rotation is held until an operator lets it go on, or until a time.',
  { secret: secretName, outcome: z.literal('held'), ...HOLD },
)

/** The line of a rotation that has ended a run with nothing amiss, and its text. */
export function pausedUntil({ code, secret, message, details }: RotationError) {
  const { until: end, since, at, version } = details
  const until = new Date(Number(end))
  if (code === 'held') {
    const hold = {
      ...{ at: at as HoldPoint, since: new Date(Number(since)), version: String(version) },
      ...(end !== undefined && { until }),
    }
    return [{ type: 'held', secret, outcome: 'held', ...hold }, message] as const
  }
  return [{ type: 'postponed', secret, outcome: 'postponed', until }, message] as const
}

/** The lines of `rekey rollback`. */
export const ROLLBACK_LINES = z.discriminatedUnion('type', [...STEP_LINES, ROLLED_BACK])

/** The lines of `rekey rotate`, with `--plan` and `--due` too. */
export const ROTATE_LINES = z.discriminatedUnion('type', [
  ...STEP_LINES,
  ROLLED_BACK,
  jsonLine('emergency', 'The secret has leaked: a rotation without grace begins.', {
    ...{ secret: secretName, mode: z.literal('emergency'), grace: z.literal(false) },
  }),
  TAKEN_OVER,
  UNAUDITED,
  ROTATED,
  POSTPONED,
  HELD,
  jsonLine('plan', 'With --plan: what a rotation would do now.', {
    secret: secretName,
    mode: MODE,
    isOpen: z.boolean(),
    holder: z.string().optional(),
    steps: z.array(z.object({ step: z.enum(SEVEN_STEPS), isDone: z.boolean(), what: z.string() })),
    strangers: z
      .object({ recorded: z.array(z.string()), others: z.array(z.string()) })
      .optional()
      .describe('logins that the store does not name: of this secret by the journal, and others'),
    lacks: z
      .array(z.string())
      .optional()
      .describe('rights that the rotator lacks for the steps, each with how to give it'),
    lateCall,
  }),
  jsonLine('turn', 'With --due --plan: when the turn of a secret is.', TURN),
  jsonLine('put-off', 'With --due: a secret that is due and must wait.', {
    secret: secretName,
    outcome: z.literal('put off'),
    until: instant.optional(),
    after: z.string().optional().describe('the secret that it must wait for'),
    window: z.string().optional().describe('the window of its kind, which is closed'),
  }),
])

/** The line of a take-over, and its text; `title` is the secret's name on the command line. */
export function takenOver(
  { holder: from, epoch }: Displaced,
  { name: secret, lateCall }: Pick<RotationKind, 'name' | 'lateCall'>,
  title: string,
) {
  const after = lateCall === undefined ? '' : `. ${lateCall}`
  const text = `Took ${secret} over from ${from}, whose writes are refused from now on. A call that it sent may still reach the far side. After this rotation, run: rekey sweep ${title}${after}`
  const line = {
    type: 'taken-over',
    secret,
    from,
    epoch,
    ...(lateCall !== undefined && { lateCall }),
  } as const
  return [line, text] as const
}

/** The line of entries that wait for the audit log, and its text. */
export function leftUnaudited(secret: string, unaudited: number) {
  const text = `unaudited: ${unaudited}  the audit log could not be written. The journal keeps these entries of ${secret}; the next rotation writes them first. Make the log writable, then rotate again`
  return [{ type: 'unaudited', secret, unaudited }, text] as const
}

/** Prints the lines of a rotation. */
export interface RotationPrinter extends Printer<typeof ROTATE_LINES> {
  /** Prints a step that has ended and each alarm; on a terminal also what is being waited for. */
  readonly step: (event: RotationEvent) => void
}

/** Creates the printer of the commands that rotate. */
export function createRotationPrinter(flags: CommonFlags, context: CliContext): RotationPrinter {
  const printer = createPrinter<typeof ROTATE_LINES>(flags, context)
  return {
    ...printer,
    step(event) {
      const { secret, step, phase, message = '' } = event
      const isWait = phase === 'waiting' && flags.json !== true
      if (phase !== 'alarm')
        context.showWait?.(isWait ? `${secret}  ${step}  ${message}` : undefined)
      if (phase === 'end') printer.line({ type: 'step', ...event, phase }, `${secret}  ${step}`)
      else if (phase === 'alarm') {
        printer.line({ type: 'alarm', ...event, phase }, `${secret}  ${message}`)
      }
    },
  }
}
