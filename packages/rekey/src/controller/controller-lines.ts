import { shellWord } from '@rekey/secret/internal'
import { z } from 'zod'
import type { CliContext, CommonFlags } from '../commands/cli-context.ts'
import { jsonLine, secretName } from '../commands/json-output.ts'
import { createPrinter } from '../commands/printer.ts'
import { printChangesOf, RECOVERED } from '../commands/recurring-failures.ts'
import { createRotationPrinter, ROTATE_LINES } from '../commands/rotation-lines.ts'
import type { Receiver } from './receiver.ts'
import type { Stuck } from './turn-ledger.ts'

function delivery<const Type extends Receiver['name']>(type: Type, description: string) {
  return jsonLine(type, description, {
    isDelivered: z.boolean(),
    code: z.string().optional().describe('of the failure'),
  })
}

/** The lines of `rekey controller`. */
export const CONTROLLER_LINES = z.discriminatedUnion('type', [
  ...ROTATE_LINES.options,
  jsonLine('listening', 'With --port: where its health and metrics are.', {
    host: z.string(),
    port: z.int(),
  }),
  jsonLine('leading', 'From now on this process rotates what is due.', { holder: z.string() }),
  jsonLine('following', 'Another process leads, or the journal gave no answer.', {
    leader: z.string().optional(),
  }),
  jsonLine('stuck', 'A secret cannot be rotated until an operator fixes the cause.', {
    secret: secretName,
    exitCode: z.int().describe('of its last turn'),
    tries: z.int().describe('how many turns in a row failed'),
    next: z.string().describe('the command to go on with'),
  }),
  RECOVERED,
  delivery('webhook', 'With --webhook: whether its receiver takes messages.'),
  delivery('mail', 'With --mail: whether the server takes mail.'),
  delivery('kubernetes', 'With --kubernetes-events: whether the API server takes Events.'),
  jsonLine('stopped', 'A signal ended it; what was open is finished by the next leader.', {}),
])

/** The printers of a controller. */
export type ControllerPrinter = ReturnType<typeof createControllerPrinter>

/** Creates what prints the lines of a controller: `changes` for failures that recur at each look, `rotation` for those of a turn. */
export function createControllerPrinter(flags: CommonFlags, context: CliContext) {
  const printer = createPrinter<typeof CONTROLLER_LINES>(flags, context)
  const rotation = createRotationPrinter(flags, context)
  return { ...printer, changes: printChangesOf(printer), rotation }
}

/** By the exit code of the last turn. A rotation that is open goes on by itself once the cause is mended. */
const NEXT: ReadonlyMap<number, string> = new Map([
  [4, 'rekey rollback'],
  [5, 'rekey rotate'],
  [6, 'rekey rollback'],
  [8, 'rekey rollback'],
])

/** Prints that a secret is stuck; `title` is its name on the command line. */
export function printStuck(
  { secret, exitCode, tries, absent }: Stuck,
  { title, printer }: { readonly title: string; readonly printer: ControllerPrinter },
): void {
  const without = absent?.split(' ').map((replica) => ` --without ${shellWord(replica)}`)
  const command = NEXT.get(exitCode)
  const plain = command === undefined ? 'rekey status' : `${command} ${title}`
  const next = without === undefined ? plain : `rekey rotate ${title}${without.join('')}`
  const text = `${secret}  stuck after ${tries} tries: mend what failed, and it goes on; or ${next}`
  printer.line({ type: 'stuck', secret, exitCode, tries, next }, text)
}
