import { scheduleRotations } from '@rekey/rotation/schedule'
import { systemClock } from '@rekey/secret'
import type { CliContext, WaitingFlags } from './cli-context.ts'
import { describeTurn } from './describe-turn.ts'
import { OVERDUE, worstOf } from './failure.ts'
import { readFamily } from './family.ts'
import { readPolicies } from './policy-file.ts'
import { createPrinter } from './printer.ts'
import { withRotator } from './with-rotator.ts'

/** Flags of the commands that ask what is due. */
export interface DueFlags extends WaitingFlags {
  /** The file of {@link readPolicies}. */
  readonly policy?: string
}

/** `rekey rotate --due --plan`: when each secret's turn is. Changes nothing; the exit code says whether one is overdue. */
export async function planDue(flags: DueFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createPrinter(flags, context)
  const policiesOf = await readPolicies(flags.policy)
  await withRotator(flags, context, async (rotator) => {
    const policies = policiesOf(rotator.family)
    const { unreadable, ...family } = await readFamily(rotator, signal)
    const now = new Date(systemClock.now())
    const turns = scheduleRotations({ ...family, policies, now })
    for (const turn of turns) {
      printer.line(turn, `${turn.secret.padEnd(34)}${describeTurn(turn, now)}`)
    }
    const exitCodes = unreadable.map(({ secret, error }) => printer.failed(secret, error))
    if (turns.some(({ isOverdue }) => isOverdue)) exitCodes.push(OVERDUE)
    process.exitCode = worstOf(exitCodes)
  })
}
