import { rollBack } from '@rekey/rotation'
import type { CliContext, WaitingFlags } from './cli-context.ts'
import { createPrinter } from './printer.ts'
import { findKind, withRotator } from './with-rotator.ts'

/** `rekey rollback KIND SECRET`: takes an open rotation back to where it began. */
export function rollBackSecret(
  title: string,
  flags: WaitingFlags,
  context: CliContext,
): Promise<void> {
  const printer = createPrinter(flags, context)
  const { signal } = context
  return withRotator(flags, context, async (rotator) => {
    const { store, journal, audit } = rotator
    const options = { store, journal, audit, signal, onEvent: printer.step }
    const back = await rollBack(findKind(rotator, title), options)
    const { secret, version, discarded } = back
    const gone = discarded === undefined ? 'nothing was open' : `${discarded} is gone`
    printer.line(back, `${secret} is at ${version}; ${gone}`)
  })
}
