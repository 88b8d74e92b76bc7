import { join } from 'node:path'
import type { LeakRule } from '@rekey/rekey/internal'
import type { CheckOutcome, Finding } from '../finding.ts'
import type { GatePolicy } from '../gate-policy.ts'
import {
  copyWorkTree,
  findGitleaks,
  findLeaks,
  type Gitleaks,
  type GitleaksFinding,
  openWorkshop,
} from './gitleaks.ts'
import { readLeakConfig, toFinding } from './leak-config.ts'
import { selfTest } from './self-test.ts'

/** The searched tree, and the tools of the search. */
export interface GitleaksSearch {
  readonly root: string
  readonly policy: GatePolicy
  /** The rules that the configuration of gitleaks must have. */
  readonly rules: readonly LeakRule[]
  /** The file of gitleaks. Default: the first on `PATH`. */
  readonly gitleaks?: string | undefined
  /** `PATH` is searched for gitleaks; with `CI=true` it must be found. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether only what is staged is searched. */
  readonly isStaged: boolean
}

const RULES = 'the rules of gitleaks'

/**
 * Looks for secrets with gitleaks: in every commit, and in every file of the work tree that git does not ignore; or in what
 * is staged. Before that gitleaks must show that it finds what it is trusted to find. Without gitleaks that is reported as
 * skipped, and as a finding where it must be there.
 */
export async function checkLeaks(search: GitleaksSearch): Promise<CheckOutcome> {
  const { root, policy, rules, env, isStaged } = search
  const config = await readLeakConfig(root, rules)
  if ('check' in config) return { findings: [config], covered: RULES }
  const gitleaks = await findGitleaks(search.gitleaks, env)
  if (gitleaks.path === undefined) {
    const { why, fix } = gitleaks
    const where = { file: '.gitleaks.toml' }
    return env['CI'] === 'true'
      ? { findings: [{ check: 'leaks', rule: 'absent', where, why, fix }], covered: RULES }
      : { findings: [], covered: RULES, skipped: `${why}; ${fix}` }
  }
  const faults = await selfTest(gitleaks.path, config, policy)
  if (faults.length > 0) {
    return { findings: faults.map((fault) => toFinding(fault, config.text)), covered: RULES }
  }
  const trusted = { program: gitleaks.path, config: config.path }
  return isStaged ? searchStaged(trusted, root) : searchAll(trusted, root)
}

async function searchStaged(gitleaks: Gitleaks, root: string): Promise<CheckOutcome> {
  const leaks = await findLeaks(gitleaks, 'staged', root)
  return { findings: leaks.map(describe), covered: 'what is staged' }
}

async function searchAll(gitleaks: Gitleaks, root: string): Promise<CheckOutcome> {
  await using workshop = await openWorkshop()
  const tree = join(workshop.path, 'tree')
  const { files, repositories, left } = await copyWorkTree(root, tree)
  const [inHistory, inTree] = await Promise.all([
    findLeaks(gitleaks, 'history', root),
    findLeaks(gitleaks, 'folder', tree),
  ])
  return {
    findings: [...left.map(unsearched), ...[...inHistory, ...inTree].map(describe)],
    covered: `the history, and ${files} files of the work tree`,
    ...(repositories.length > 0 && {
      skipped: `repositories of their own: ${repositories.join(', ')}; run rekey-gate in each`,
    }),
  }
}

function unsearched({ file, why }: { readonly file: string; readonly why: string }): Finding {
  const fix = 'remove it, or let git ignore it: what git would take has to be searched'
  return { check: 'leaks', rule: 'unsearched', where: { file }, why, fix }
}

function describe({ RuleID, Description, File, StartLine, Commit }: GitleaksFinding): Finding {
  const place = { file: File, line: StartLine }
  const inHistory = Commit !== ''
  return {
    check: 'leaks',
    rule: RuleID,
    where: inHistory ? { ...place, commit: Commit } : place,
    why: Description,
    fix: inHistory
      ? 'revoke it now: what is in the history is known; then take the commit out of the branch'
      : 'take it out, and revoke it if it was ever valid; tests make theirs at run time',
  }
}
