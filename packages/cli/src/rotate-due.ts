import { systemClock } from '@rekey/secret'
import type { CliContext } from './cli-context.ts'
import { worstOf } from './failure.ts'
import type { DueFlags } from './plan-due.ts'
import { readPolicies } from './policy-file.ts'
import { createPrinter } from './printer.ts'
import { runDue } from './run-due.ts'
import { withRotator } from './with-rotator.ts'

/** `rekey rotate --due`: rotates all that is due. The exit code is the worst of all. */
export async function rotateDue(flags: DueFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createPrinter(flags, context)
  const policiesOf = await readPolicies(flags.policy)
  await withRotator(flags, context, async (rotator) => {
    const policies = policiesOf(rotator.family)
    const run = { rotator, policies, printer, signal, clock: systemClock }
    process.exitCode = worstOf(await runDue(run))
  })
}
