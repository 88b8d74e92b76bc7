import type { RotationKind } from '@rekey/secret/kind'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext, WaitingFlags } from './cli-context.ts'
import { openEngine } from './engine.ts'
import { worstOf } from './failure.ts'
import { jsonLine, printing, secretName } from './json-output.ts'
import { findNamed, oneSecret, type SecretWords } from './named-secret.ts'
import { KIND, SECRET, waiting } from './options.ts'
import { createPrinter, type Printer } from './printer.ts'
import { recorded } from './recorded-command.ts'
import { withRotator } from './with-rotator.ts'

const SWEEP_LINES = jsonLine('swept', 'A secret was swept.', {
  secret: secretName,
  removed: z.array(z.string()).describe('what the far side accepted and the store did not hold'),
})

/** Defines `rekey sweep`. */
export function defineSweep(command: Command, context: CliContext): void {
  printing(waiting(command), SWEEP_LINES, [
    'rekey sweep --family production.json',
    'rekey sweep database shop',
  ])
    .argument('[kind]', KIND)
    .argument('[secret]', SECRET)
    .action((kind: string | undefined, secret: string | undefined, flags: WaitingFlags) =>
      kind === undefined
        ? sweepAll(flags, context)
        : sweepSecret(oneSecret([kind, secret], 'sweep KIND SECRET, or sweep'), flags, context),
    )
}

/** `rekey sweep KIND SECRET`: removes what the far side accepts and the store does not hold. */
function sweepSecret(words: SecretWords, flags: WaitingFlags, context: CliContext): Promise<void> {
  const printer = createPrinter<typeof SWEEP_LINES>(flags, context)
  const { signal } = context
  return withRotator(flags, context, (rotator) =>
    sweep(findNamed(rotator, words).kind, { rotator, printer, signal }),
  )
}

/** `rekey sweep`: the same for every secret, one after the other. One that is being rotated is left for another time. */
function sweepAll(flags: WaitingFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createPrinter<typeof SWEEP_LINES>(flags, context)
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
  readonly printer: Printer<typeof SWEEP_LINES>
  readonly signal: AbortSignal
}

async function sweep(kind: RotationKind, { rotator, printer, signal }: Sweeping): Promise<void> {
  const { store, journal, audit } = rotator
  const { sweepOrphans } = await openEngine(rotator)
  const removed = await recorded(rotator, { command: 'sweep', subject: kind.name }, () =>
    sweepOrphans(kind, { store, journal, audit, signal }),
  )
  const what = removed.length === 0 ? 'nothing to remove' : `removed ${removed.join(', ')}`
  printer.line({ type: 'swept', secret: kind.name, removed }, `${kind.name}  ${what}`)
}
