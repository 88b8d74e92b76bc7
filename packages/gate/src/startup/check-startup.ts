import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LocatedDefinition } from '@rekey/family/definitions'
import type { CheckOutcome, Finding } from '../finding.ts'
import { lintWith } from '../lint/own-lint.ts'
import { ownDefinition } from './own-definition.ts'

const FIX =
  "in src/main.ts: import { definition } from './secrets.ts', and await loadService(definition, …) before anything listens"

/** Whether each service has an entry, `src/main.ts`, that loads and validates the service's own definition. */
export async function checkStartup(
  root: string,
  definitions: readonly LocatedDefinition[],
): Promise<CheckOutcome> {
  const entries = definitions.map(({ file }) => `${dirname(file)}/main.ts`)
  const absent = entries.filter((file) => !existsSync(join(root, file)))
  const present = entries.filter((file) => !absent.includes(file))
  const reports = await lintWith(ownDefinition, root, present)
  const findings: Finding[] = [
    ...absent.map((file) => ({
      rule: 'no-entry',
      where: { file },
      why: 'it is not there, so nothing validates the secrets of the service before it listens',
    })),
    ...reports.map(({ messageId, message, where }) => ({ rule: messageId, where, why: message })),
  ].map((fault) => ({ check: 'startup', ...fault, fix: FIX }))
  return { findings, covered: `the entries of ${definitions.length} services` }
}
