import { systemClock } from '@rekey/secret'
import { scheduleRotations } from '../engine/schedule/schedule-rotations.ts'
import type { CliContext, WaitingFlags } from './cli-context.ts'
import { describeTurn } from './describe.ts'
import { OVERDUE, worstOf } from './failure.ts'
import { readMembers, withEnds } from './members.ts'
import { readPolicies } from './policy-file.ts'
import { recorded } from './recorded-command.ts'
import { createRotationPrinter } from './rotation-lines.ts'
import { runDue } from './run-due.ts'
import { withRotator } from './with-rotator.ts'

/** `rekey rotate --due`: rotates all that is due. The exit code is the worst of all. */
export async function rotateDue(flags: DueFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createRotationPrinter(flags, context)
  const policiesOf = await readPolicies(flags.policy)
  await withRotator(flags, context, async (rotator) => {
    const policies = policiesOf(rotator.family)
    const atOnce = flags.atOnce ?? 1
    const run = { rotator, policies, printer, signal, clock: systemClock, atOnce }
    const codes = await recorded(rotator, { command: 'rotate --due' }, () => runDue(run))
    process.exitCode = worstOf(codes)
  })
}

/** Flags of the commands that ask what is due. */
export interface DueFlags extends WaitingFlags {
  /** The file of {@link readPolicies}. */
  readonly policy?: string
  readonly atOnce?: number
}

/** `rekey rotate --due --plan`: when each secret's turn is. Changes nothing; the exit code shows whether one is overdue. */
export async function planDue(flags: DueFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createRotationPrinter(flags, context)
  const policiesOf = await readPolicies(flags.policy)
  await withRotator(flags, context, async (rotator) => {
    const policies = policiesOf(rotator.family)
    const read = await readMembers(rotator, signal)
    const { unreadable, ...family } = await withEnds(read, signal)
    const now = new Date(systemClock.now())
    const turns = scheduleRotations({ ...family, policies, now })
    for (const turn of turns) {
      printer.line({ type: 'turn', ...turn }, `${turn.secret.padEnd(34)}${describeTurn(turn, now)}`)
    }
    const exitCodes = unreadable.map(({ secret, error }) => printer.failed(secret, error))
    if (turns.some(({ isOverdue }) => isOverdue)) exitCodes.push(OVERDUE)
    process.exitCode = worstOf(exitCodes)
  })
}
