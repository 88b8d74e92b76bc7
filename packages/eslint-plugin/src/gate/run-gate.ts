import { lintDefiners, lintGrants } from '@rekey/rekey'
import { leakRules } from '@rekey/rekey/internal'
import {
  checkAccess,
  checkDrift,
  loadDefinitions,
  type LoadedDefinitions,
  type LoadedFamily,
  readDeclaredFamily,
} from './check-definitions.ts'
import { listServices } from '@rekey/rekey/internal/definitions'
import { checkDependencies } from './dependencies/check-dependencies.ts'
import { CHECKS, type CheckName, type CheckOutcome, type Finding } from './finding.ts'
import { type GatePolicy, readGatePolicy } from './gate-policy.ts'
import { type GateScope, isInScope, scopeOfAll } from './gate-scope.ts'
import { checkLeaks } from './leaks/check-leaks.ts'

/** Options of the gate. */
export interface GateOptions {
  /** The top of the git work tree that is checked. */
  readonly root: string
  /** Default: `gate.json` of `root`. */
  readonly policy?: GatePolicy
  /** Default: everything. */
  readonly scope?: GateScope
  /** The file of gitleaks. Default: the first on the `PATH` of `env`. */
  readonly gitleaks?: string | undefined
  /** The environment of the programs that the gate starts. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Called with each check as it begins. */
  readonly report: (progress: string) => void
}

/** The result of the gate. It is passed if there are no findings. */
export interface GateReport {
  readonly findings: readonly Finding[]
  /** The coverage of each check. A check that nothing was staged for is absent. */
  readonly covered: Readonly<Partial<Record<CheckName, string>>>
  /** The parts that were skipped, and how to have them checked. */
  readonly skipped: readonly string[]
}

/** The subject of each check, for progress. */
const SUBJECTS: Readonly<Record<CheckName, string>> = {
  access: 'who holds which secret',
  startup: 'whether each service loads its definition',
  drift: 'the files made from the definitions',
  dependencies: 'where packages come from, and what they may run',
  leaks: 'secrets that are committed, or would be',
  lint: 'the code',
}

/**
 * Runs the checks that `scope` has something for.
 *
 * @throws {Error} if a check could not be made at all
 */
export async function runGate(options: GateOptions): Promise<GateReport> {
  const { root, policy = await readGatePolicy(root), env, gitleaks, report } = options
  const scope = options.scope ?? scopeOfAll(root, policy)
  const services = await listServices(root)
  let loading: Promise<LoadedDefinitions> | undefined
  const load = () => (loading ??= loadDefinitions(root, services))
  let reading: Promise<LoadedFamily> | undefined
  const family = () => (reading ??= readDeclaredFamily(root))
  // The two that read code are imported when they are made: ESLint and TypeScript take half a second to load.
  const checks: Readonly<Record<CheckName, () => Promise<CheckOutcome>>> = {
    access: async () => checkAccess(await family(), await load()),
    startup: async () => {
      const { checkStartup } = await import('./startup/check-startup.ts')
      return checkStartup(root, (await load()).definitions)
    },
    drift: async () => checkDrift(root, (await load()).definitions),
    dependencies: () => checkDependencies(root),
    leaks: async () => {
      const rules = leakRules((await family()).family)
      return checkLeaks({ root, policy, rules, env, gitleaks, isStaged: scope.kind === 'staged' })
    },
    lint: async () => {
      const { checkLint } = await import('./lint/check-lint.ts')
      const { family: found } = await family()
      const access = found && { grants: lintGrants(found), definers: lintDefiners(found) }
      return checkLint(root, { paths: scope.lint, isWhole: scope.kind === 'all', services, access })
    },
  }
  const made = CHECKS.filter((check) => isInScope(check, scope, policy))
  const outcomes = await Promise.all(
    made.map(async (check) => {
      report(`${check}: ${SUBJECTS[check]}`)
      return { check, ...(await checks[check]()) }
    }),
  )
  return {
    findings: outcomes.flatMap(({ findings }) => findings),
    covered: Object.fromEntries(outcomes.map(({ check, covered }) => [check, covered])),
    skipped: outcomes.flatMap(({ skipped }) => skipped ?? []),
  }
}
