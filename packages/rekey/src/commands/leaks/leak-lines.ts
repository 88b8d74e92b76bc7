import type { Replica } from '@rekey/secret/internal/kind'
import { z } from 'zod'
import type { CliContext, CommonFlags } from '../cli-context.ts'
import type { Member } from '../members.ts'
import { instant, jsonLine, secretName, type Shown } from '../json-output.ts'
import { createPrinter, type Printer } from '../printer.ts'
import { RECOVERED } from '../recurring-failures.ts'
import {
  createRotationPrinter,
  ROTATED,
  type RotationPrinter,
  STEP_LINES,
  TAKEN_OVER,
  UNAUDITED,
} from '../rotation-lines.ts'
import { LEAK } from './leak-reports.ts'

const SECRET = secretName.describe('its name on the command line')

const REPORTS = [
  jsonLine('leak', 'A replica was about to print a live version, and masked it.', {
    ...{ secret: SECRET, name: z.string().describe('its name in the store'), ...LEAK },
  }),
  jsonLine('silent', 'A replica gave no report: it may have leaked what is not shown here.', {
    secret: SECRET,
    ...{ service: z.string(), url: z.string().describe('of its internal listener') },
    problem: z.string().optional().describe('the reason, if it answered'),
  }),
] as const

/** The lines of `rekey leaks show`. */
export const SHOW_LINES = z.discriminatedUnion('type', REPORTS)

/** The lines of `rekey leaks rotate`. */
export const ROTATE_LEAKED_LINES = z.discriminatedUnion('type', [
  ...REPORTS,
  ...STEP_LINES,
  TAKEN_OVER,
  UNAUDITED,
  ROTATED,
  jsonLine('left', 'A secret that has leaked, and is left to a person.', {
    secret: SECRET,
    why: z.enum(['not in policy', 'rotated before', 'too many']),
    until: instant.optional().describe('when it could be rotated by itself'),
  }),
  jsonLine('planned', 'With --dry-run: a secret that would be rotated without grace.', {
    secret: SECRET,
    version: z.string().describe('the version that has leaked'),
  }),
  RECOVERED,
])

type Line = z.input<typeof ROTATE_LEAKED_LINES>

/** Prints what replicas report, and what is done about it. */
export interface LeakPrinter extends Printer<typeof ROTATE_LEAKED_LINES> {
  readonly step: RotationPrinter['step']
  /** Prints a line that is not in `known`, and adds it. */
  readonly once: (line: Shown<Line>, text: string, known: Set<string>) => void
  /** Prints that a replica gave no report. */
  readonly silent: (
    member: Member,
    answer: { readonly replica: Replica; readonly problem: string | undefined },
    known: Set<string>,
  ) => void
}

/** Creates the printer of the commands that answer leaks. */
export function createLeakPrinter(flags: CommonFlags, context: CliContext): LeakPrinter {
  const printer = createPrinter<typeof ROTATE_LEAKED_LINES>(flags, context)
  const once: LeakPrinter['once'] = (line, text, known) => {
    const key = JSON.stringify(line)
    if (known.has(key)) return
    known.add(key)
    printer.line(line, text)
  }
  return {
    ...printer,
    once,
    step: createRotationPrinter(flags, context).step,
    silent({ title: secret }, { replica: { service, healthUrl: url }, problem }, known) {
      const line = { type: 'silent', secret, service, url } as const
      const reason = problem ?? 'does not answer, or does not hold the secret'
      const text = `${secret}  no report: ${service} at ${url} ${reason}`
      once({ ...line, ...(problem !== undefined && { problem }) }, text, known)
    },
  }
}
