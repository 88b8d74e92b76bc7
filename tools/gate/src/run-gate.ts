import { checkAccess } from './access-matrix.ts'
import { checkDrift } from './check-drift.ts'
import { checkLeaks } from './check-leaks.ts'
import { checkLint } from './check-lint.ts'
import { listServices, type LocatedDefinition } from './definitions/index.ts'
import type { CheckOutcome, Finding } from './finding.ts'
import { loadDefinitions } from './load-definitions.ts'
import { POLICY } from './policy.ts'

/** What the gate needs. */
export interface GateOptions {
  /** The top of the git work tree that is checked. */
  readonly root: string
  /** What is linted, relative to `root`. */
  readonly paths: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Told which check begins. */
  readonly report: (progress: string) => void
}

/** What the gate found. It is passed if there are no findings. */
export interface GateReport {
  readonly findings: readonly Finding[]
  /** What each check looked at. */
  readonly covered: Readonly<Record<Finding['check'], string>>
  /** What was not looked at, and how to have it looked at. */
  readonly skipped: readonly string[]
}

/**
 * Runs all checks: the linter, the access matrix over the service definitions, the files made from them, and the search for
 * committed secrets.
 *
 * @throws {Error} if a check could not be made at all
 */
export async function runGate({ root, paths, env, report }: GateOptions): Promise<GateReport> {
  const services = await listServices(root)
  report('access: who holds which secret')
  const { definitions, findings } = await loadDefinitions(root, services)
  const access = checkDefinitions(definitions, findings)
  report('drift: the files made from the definitions')
  const drift = await checkDrift(root, definitions)
  report(`leaks: the history and the work tree; lint: ${paths.join(' ')}`)
  const [leaks, lint] = await Promise.all([checkLeaks(root, env), checkLint(root, paths, services)])
  const outcomes = [access, drift, leaks, lint]
  return {
    findings: outcomes.flatMap(({ findings }) => findings),
    covered: {
      access: access.covered,
      drift: drift.covered,
      leaks: leaks.covered,
      lint: lint.covered,
    },
    skipped: outcomes.flatMap(({ skipped }) => skipped ?? []),
  }
}

function checkDefinitions(
  definitions: readonly LocatedDefinition[],
  findings: readonly Finding[],
): CheckOutcome {
  const secrets = definitions.flatMap((definition) => Object.keys(definition.secrets)).length
  return {
    findings: [...findings, ...checkAccess(definitions, POLICY)],
    covered: `${definitions.length} services, ${secrets} secrets`,
  }
}
