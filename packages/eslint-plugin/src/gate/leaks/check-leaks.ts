import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LeakRule } from '@rekey/rekey/internal'
import type { CheckOutcome, Finding, Place } from '../finding.ts'
import { git } from '../git.ts'
import type { GatePolicy } from '../gate-policy.ts'
import { type PolicyBase, readAtBase } from '../policy/policy-base.ts'
import { collectGitTexts, type GitTexts, textOfNames } from './git-texts.ts'
import {
  findGitleaks,
  findLeaks,
  type Gitleaks,
  type GitleaksFinding,
  openWorkshop,
} from './gitleaks.ts'
import { CONFIG, type LeakConfigSource, readLeakConfig, toFinding } from './leak-config.ts'
import { copyPastBlobs } from './past-blobs.ts'
import { type CopiedTree, copyStaged, copyWorkTree } from './searched-tree.ts'
import { selfTest } from './self-test.ts'

/** The searched tree, and the tools of the search. */
export interface GitleaksSearch {
  readonly root: string
  readonly policy: GatePolicy
  /** The rules that the configuration of gitleaks must have. Without a family there are none, and none need be configured. */
  readonly rules: readonly LeakRule[] | undefined
  /** The file of gitleaks. Default: the first on `PATH`. */
  readonly gitleaks?: string | undefined
  /** `PATH` is searched for gitleaks; with `CI=true` it must be found. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The commit whose configuration of gitleaks counts. Default: that of the work tree. */
  readonly base?: PolicyBase | undefined
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
  await using workshop = await openWorkshop()
  const source = await chooseConfig(search, workshop.path)
  const config = await readLeakConfig(root, rules ?? [], source)
  if ('check' in config) return { findings: [config], covered: RULES }
  const gitleaks = await findGitleaks(search.gitleaks, env)
  if (gitleaks.path === undefined) {
    const { why, fix } = gitleaks
    const where = { file: '.gitleaks.toml' }
    return env['CI'] === 'true'
      ? { findings: [{ check: 'leaks', rule: 'absent', where, why, fix }], covered: RULES }
      : { findings: [], covered: RULES, skipped: [`${why}; ${fix}`] }
  }
  const faults = await selfTest(gitleaks.path, config, policy)
  if (faults.length > 0) {
    return { findings: faults.map((fault) => toFinding(fault, config.text)), covered: RULES }
  }
  const trusted = { program: gitleaks.path, config: config.path }
  return await (isStaged ? searchStaged(trusted, root) : searchAll(trusted, search))
}

/** All that gitleaks knows by itself. */
const DEFAULT_CONFIG = '[extend]\nuseDefault = true\n'

/** The configuration of the base, and where there is none, that of the work tree: then nothing is given. */
async function chooseConfig(
  { root, base, rules }: GitleaksSearch,
  folder: string,
): Promise<LeakConfigSource | undefined> {
  const ofBase = base && (await readAtBase(root, base, CONFIG))
  const isMissing = ofBase === undefined && !existsSync(join(root, CONFIG))
  const text = rules === undefined && isMissing ? DEFAULT_CONFIG : ofBase
  if (text === undefined) return undefined
  const path = join(folder, CONFIG)
  await writeFile(path, text)
  return { path, text }
}

async function searchStaged(gitleaks: Gitleaks, root: string): Promise<CheckOutcome> {
  await using workshop = await openWorkshop()
  const copied = await copyStaged(root, join(workshop.path, 'tree'))
  const texts = textOfNames(copied.files)
  return {
    findings: await searchCopies(gitleaks, workshop.path, { copied, texts }),
    covered: 'what is staged',
    skipped: skippedOf(copied),
  }
}

async function searchAll(
  gitleaks: Gitleaks,
  { root, env }: Pick<GitleaksSearch, 'root' | 'env'>,
): Promise<CheckOutcome> {
  await using workshop = await openWorkshop()
  const copied = await copyWorkTree(root, join(workshop.path, 'tree'))
  const texts = await collectGitTexts(root, copied.files)
  const past = join(workshop.path, 'past')
  await mkdir(past)
  const blobs = await copyPastBlobs(root, past)
  const [inHistory, inPast, inCopies] = await Promise.all([
    findLeaks(gitleaks, 'history', root),
    findLeaks(gitleaks, 'folder', past),
    searchCopies(gitleaks, workshop.path, { copied, texts }),
  ])
  const unread = inHistory.bytes === 0 && (await hasCommits(root))
  const cut = await findCut(root, env)
  return {
    findings: [
      ...(unread ? [unreadOf('.git', 'history')] : []),
      ...cut.findings,
      ...inHistory.leaks.map((leak) => describe(leak)),
      ...inCopies,
      ...inPast.leaks.map((leak) =>
        describe(leak, blobs.places.get(leak.File.split('!')[0] ?? '')),
      ),
    ],
    covered: `the history, and ${copied.files.length} files of the work tree`,
    skipped: [
      ...skippedOf(copied),
      ...cut.skipped,
      ...blobs.unread.map(
        ({ commit, file }) =>
          `${file} of commit ${commit.slice(0, 12)}: git does not give it out, as it does where it is too large`,
      ),
    ],
  }
}

/** Copied files, and texts that are in no file. */
interface Copies {
  readonly copied: CopiedTree
  readonly texts: GitTexts
}

/** Searches the copies in `workshop`. */
async function searchCopies(
  gitleaks: Gitleaks,
  workshop: string,
  { copied, texts }: Copies,
): Promise<Finding[]> {
  const apart = join(workshop, 'texts')
  await mkdir(apart)
  await writeFile(join(apart, 'texts'), texts.text)
  const [inTree, inTexts] = await Promise.all([
    findLeaks(gitleaks, 'folder', join(workshop, 'tree')),
    findLeaks(gitleaks, 'folder', apart),
  ])
  const isUnread = inTree.bytes === 0 && copied.bytes > 0
  return [
    ...copied.left.map(unsearched),
    ...(isUnread ? [unreadOf('.', 'work tree')] : []),
    ...inTree.leaks.map((leak) => describe({ ...leak, File: originalOf(leak.File, copied) })),
    ...inTexts.leaks.map((leak) => describe(leak, texts.placeOf(leak.StartLine))),
  ]
}

function skippedOf({ repositories }: CopiedTree): string[] {
  if (repositories.length === 0) return []
  return [`repositories of their own: ${repositories.join(', ')}; run rekey-gate in each`]
}

/** A copy in an archive is reported as `COPY!FILE`. */
function originalOf(found: string, { originals }: CopiedTree): string {
  const [copy = '', ...inner] = found.split('!')
  return [originals.get(copy) ?? copy, ...inner].join('!')
}

async function hasCommits(root: string): Promise<boolean> {
  return (await git(root, 'rev-list', '--all', '--max-count=1')).trim() !== ''
}

/** Commits that were not fetched are not searched. */
async function findCut(
  root: string,
  env: GitleaksSearch['env'],
): Promise<{ readonly findings: readonly Finding[]; readonly skipped: readonly string[] }> {
  if ((await git(root, 'rev-parse', '--is-shallow-repository')).trim() !== 'true') {
    return { findings: [], skipped: [] }
  }
  const why = 'the history is cut off: older commits were not fetched'
  const fix = 'git fetch --unshallow; of actions/checkout: fetch-depth: 0'
  if (env['CI'] !== 'true') return { findings: [], skipped: [`${why}; ${fix}`] }
  const where = { file: '.git/shallow' }
  return { findings: [{ check: 'leaks', rule: 'unsearched', where, why, fix }], skipped: [] }
}

function unreadOf(file: string, what: string): Finding {
  const why = `gitleaks ends with success, and has read nothing of the ${what}`
  const fix =
    'run git log and gitleaks there by hand: who owns the folder, and what does git refuse?'
  return { check: 'leaks', rule: 'unsearched', where: { file }, why, fix }
}

function unsearched({ file, why }: { readonly file: string; readonly why: string }): Finding {
  const fix = 'remove it, or let git ignore it: what git would take has to be searched'
  return { check: 'leaks', rule: 'unsearched', where: { file }, why, fix }
}

function describe(
  { RuleID, Description, File, StartLine, Commit }: GitleaksFinding,
  place: Place = { file: File, line: StartLine, ...(Commit !== '' && { commit: Commit }) },
): Finding {
  const inHistory = place.commit !== undefined
  return {
    check: 'leaks',
    rule: RuleID,
    where: place,
    why: Description,
    fix: inHistory
      ? 'revoke it now: what is in the history is known; then take the commit out of the branch'
      : 'take it out, and revoke it if it was ever valid; tests make theirs at run time',
  }
}
