import { lintDefiners, lintGrants } from '@rekey/rekey'
import { FAMILY_FILES, leakRules } from '@rekey/rekey/internal'
import {
  checkAccess,
  checkDrift,
  loadDefinitions,
  type LoadedDefinitions,
  type LoadedFamily,
  readDeclaredFamily,
} from './check-definitions.ts'
import { listServiceFolders, listServices } from '@rekey/rekey/internal/definitions'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkDependencies } from './dependencies/check-dependencies.ts'
import { CHECKS, type CheckName, type CheckOutcome, type Finding } from './finding.ts'
import { type GatePolicy, readGatePolicy } from './gate-policy.ts'
import { type GateScope, isInScope, scopeOfAll } from './gate-scope.ts'
import { checkLeaks } from './leaks/check-leaks.ts'
import { checkPolicy } from './policy/check-policy.ts'
import type { PolicyBase } from './policy/policy-base.ts'

/** Options of the gate. */
export interface GateOptions {
  /** The top of the git work tree that is checked. */
  readonly root: string
  /** Default: `gate.json` of `root`. */
  readonly policy?: GatePolicy
  /** The commit that the change is measured against. Default: none, and the policy of the work tree applies. */
  readonly base?: PolicyBase | undefined
  /** Whether a reviewer has approved that the change changes the policy. Default false. */
  readonly isPolicyChangeAllowed?: boolean
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
  policy: 'what the change does to the policy',
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
  const { root, base, isPolicyChangeAllowed: isApproved = false, env, gitleaks, report } = options
  const policyBase = isApproved ? undefined : base
  const policy = options.policy ?? (await readGatePolicy(root, policyBase))
  const scope = options.scope ?? (await scopeOfAll(root, policy))
  const services = await listServices(root).catch(noServices)
  const folders = await listServiceFolders(root).catch(noServices)
  const hasFamily = services.length > 0 || FAMILY_FILES.some((file) => existsSync(join(root, file)))
  let loading: Promise<LoadedDefinitions> | undefined
  const load = () => (loading ??= loadDefinitions(root, services))
  // A service that another one adopted lies where it did, and has files of its own choice.
  const loadFolders = async () =>
    (await load()).definitions.filter(({ file }) => file.startsWith('services/'))
  let reading: Promise<LoadedFamily> | undefined
  const family = () =>
    (reading ??= hasFamily ? readDeclaredFamily(root) : Promise.resolve(NO_FAMILY))
  // The two that read code are imported when they are made: ESLint and TypeScript take half a second to load.
  const checks: Readonly<Record<CheckName, () => Promise<CheckOutcome>>> = {
    policy: () => checkPolicy(root, { base, isApproved }),
    access: async () => checkAccess(await family(), await load()),
    startup: async () => {
      const { checkStartup } = await import('./startup/check-startup.ts')
      return checkStartup(root, await loadFolders())
    },
    drift: async () => checkDrift(root, await loadFolders()),
    dependencies: () => checkDependencies(root, policy),
    leaks: async () => {
      const rules = hasFamily ? leakRules((await family()).family) : undefined
      const isStaged = scope.kind === 'staged'
      return checkLeaks({ root, policy, rules, env, gitleaks, isStaged, base: policyBase })
    },
    lint: async () => {
      const { checkLint } = await import('./lint/check-lint.ts')
      const { family: found } = await family()
      const access = found && { grants: lintGrants(found), definers: lintDefiners(found) }
      const isWhole = scope.kind === 'all'
      const { suppressions } = policy
      const search = { paths: scope.lint, isWhole, services: folders, access, suppressions }
      return checkLint(root, search)
    },
  }
  const inScope = CHECKS.filter((check) => isInScope(check, scope, policy))
  const made = inScope.filter((check) => hasFamily || !OF_FAMILY.includes(check))
  const outcomes = await Promise.all(
    made.map(async (check) => {
      report(`${check}: ${SUBJECTS[check]}`)
      const startedAt = performance.now()
      const outcome = await checks[check]()
      report(`${check}: done in ${seconds(performance.now() - startedAt)}`)
      return { check, ...outcome }
    }),
  )
  return {
    findings: outcomes.flatMap(({ findings }) => findings),
    covered: Object.fromEntries(outcomes.map(({ check, covered }) => [check, covered])),
    skipped: [
      ...(made.length < inScope.length ? [`${OF_FAMILY.join(', ')}: ${NO_FAMILY_HERE}`] : []),
      ...outcomes.flatMap(({ skipped }) => skipped ?? []),
    ],
  }
}

/** The checks that compare with a family of services. */
const OF_FAMILY: readonly CheckName[] = ['access', 'startup', 'drift']
const NO_FAMILY: LoadedFamily = { family: undefined, file: '', findings: [] }
const NO_FAMILY_HERE =
  'the repository has neither services/ nor a family; declare one in family.json where services share secrets'

function noServices(error: unknown): string[] {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
  throw error
}

/** `12.3 s` */
function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
