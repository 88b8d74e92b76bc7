import { sweepOrphans } from '@rekey/rotation'
import type { RotationKind } from '@rekey/secret/kind'
import type { Rotator } from '@rekey/family/rotator'
import type { CliContext, WaitingFlags } from './cli-context.ts'
import { worstOf } from './failure.ts'
import { createPrinter, type Printer } from './printer.ts'
import { findKind, withRotator } from './with-rotator.ts'

/** `rekey sweep KIND SECRET`: removes what the far side accepts and the store does not hold. */
export function sweepSecret(
  title: string,
  flags: WaitingFlags,
  context: CliContext,
): Promise<void> {
  const printer = createPrinter(flags, context)
  const { signal } = context
  return withRotator(flags, context, (rotator) =>
    sweep(findKind(rotator, title), { rotator, printer, signal }),
  )
}

/** `rekey sweep`: the same for every secret, one after the other. One that is being rotated is left for another time. */
export function sweepAll(flags: WaitingFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createPrinter(flags, context)
  return withRotator(flags, context, async (rotator) => {
    const exitCodes: number[] = []
    for (const kind of rotator.kinds.values()) {
      try {
        await sweep(kind, { rotator, printer, signal })
      } catch (error) {
        signal.throwIfAborted()
        exitCodes.push(printer.failed(kind.name, error))
      }
    }
    process.exitCode = worstOf(exitCodes)
  })
}

interface Sweeping {
  readonly rotator: Rotator
  readonly printer: Printer
  readonly signal: AbortSignal
}

async function sweep(kind: RotationKind, { rotator, printer, signal }: Sweeping): Promise<void> {
  const { store, journal, audit } = rotator
  const removed = await sweepOrphans(kind, { store, journal, audit, signal })
  const what = removed.length === 0 ? 'nothing to remove' : `removed ${removed.join(', ')}`
  printer.line({ secret: kind.name, removed }, `${kind.name}  ${what}`)
}
