import type { z } from 'zod'
import { exitCodeOf, failureDocument } from './failure.ts'
import { jsonLine, secretName } from './json-output.ts'
import type { Printer } from './printer.ts'

/** The line of a failure that is over. */
export const RECOVERED = jsonLine('recovered', 'A failure that was printed is over.', {
  secret: secretName.optional().describe('its name in the store; absent if all had failed'),
})

/** A printer of which this needs the lines of failures. */
interface FailurePrinter {
  readonly line: (line: z.input<typeof RECOVERED>, text: string) => void
  readonly failed: Printer<never>['failed']
}

/** A printer of work that is done again and again. */
type Recurring<P> = P & {
  /** Prints which failures are over: those that the round had no more. */
  readonly endRound: () => void
}

/**
 * Has `printer` print a failure once, until its reason changes or it is over, however often it recurs. The reason is the message, so one that
 * counts or has a time in it is another one each time.
 */
export function printChangesOf<P extends FailurePrinter>(printer: P): Recurring<P> {
  /** The last reasons, by secret; `undefined` is for a failure of all. */
  const reasons = new Map<string | undefined, string>()
  const failing = new Set<string | undefined>()
  return {
    ...printer,
    failed(secret, error) {
      failing.add(secret)
      const { message } = failureDocument(error)
      if (reasons.get(secret) === message) return exitCodeOf(error)
      reasons.set(secret, message)
      return printer.failed(secret, error)
    },
    endRound() {
      for (const secret of reasons.keys()) {
        // While all fail, none of them has shown that it works.
        if (failing.has(secret) || failing.has(undefined)) continue
        reasons.delete(secret)
        const about = secret === undefined ? '' : `${secret}  `
        const line = { type: 'recovered', ...(secret !== undefined && { secret }) } as const
        printer.line(line, `${about}the failure is over`)
      }
      failing.clear()
    },
  }
}
