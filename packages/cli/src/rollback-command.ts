import { rollBack } from '@rekey/rotation'
import type { CliContext, WaitingFlags } from './cli-context.ts'
import { createPrinter } from './printer.ts'
import { findKind, withRotator } from './with-rotator.ts'

/** `rekey rollback KIND SECRET`: rolls an open rotation back. */
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
    const { secret, version, removed } = back
    const change = removed === undefined ? 'no rotation was open' : `removed ${removed}`
    printer.line(back, `${secret} is at ${version}; ${change}`)
  })
}
