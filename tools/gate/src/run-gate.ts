import { checkAccess } from './access-matrix.ts'
import { checkLeaks } from './check-leaks.ts'
import { checkLint } from './check-lint.ts'
import type { CheckOutcome, Finding } from './finding.ts'
import { listServices, loadDefinitions } from './load-definitions.ts'
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
 * Runs all three checks: the linter, the access matrix over the service definitions, and the search for committed secrets.
 *
 * @throws {Error} if a check could not be made at all
 */
export async function runGate({ root, paths, env, report }: GateOptions): Promise<GateReport> {
  const services = await listServices(root)
  report('access: who holds which secret')
  const access = await checkDefinitions(root, services)
  report(`leaks: the history and the work tree; lint: ${paths.join(' ')}`)
  const [leaks, lint] = await Promise.all([checkLeaks(root, env), checkLint(root, paths, services)])
  const outcomes = [access, leaks, lint]
  return {
    findings: outcomes.flatMap(({ findings }) => findings),
    covered: { access: access.covered, leaks: leaks.covered, lint: lint.covered },
    skipped: outcomes.flatMap(({ skipped }) => skipped ?? []),
  }
}

async function checkDefinitions(root: string, services: readonly string[]): Promise<CheckOutcome> {
  const { definitions, findings } = await loadDefinitions(root, services)
  const secrets = definitions.flatMap((definition) => Object.keys(definition.secrets)).length
  return {
    findings: [...findings, ...checkAccess(definitions, POLICY)],
    covered: `${definitions.length} services, ${secrets} secrets`,
  }
}
