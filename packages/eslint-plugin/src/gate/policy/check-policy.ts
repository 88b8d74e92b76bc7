import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckOutcome, Finding } from '../finding.ts'
import { git, namesIn } from '../git.ts'
import { readWorkFile } from '../work-tree.ts'
import { objectIn } from '../dependencies/locks/lock.ts'
import { readManifest } from '../dependencies/package-manifest.ts'
import type { PolicyBase } from './policy-base.ts'
import { isPolicyFile } from './policy-files.ts'

const WORKFLOWS = '.github/workflows'

/** A change of the policy. */
export interface PolicySearch {
  readonly base: PolicyBase | undefined
  /** Whether a reviewer has approved what the change does to the policy. */
  readonly isApproved: boolean
}

/** Whether the change leaves the policy as it is, or was approved to change it, and whether a workflow runs the gate. */
export async function checkPolicy(
  root: string,
  { base, isApproved }: PolicySearch,
): Promise<CheckOutcome> {
  const changes = base === undefined ? [] : await findChanges(root, base)
  const unrun = await findUnrun(root)
  return {
    findings: [
      ...(isApproved || base === undefined ? [] : changes.map((change) => changed(change, base))),
      ...unrun,
    ],
    covered: describeCovered(base, changes),
  }
}

function describeCovered(base: PolicyBase | undefined, changes: readonly PolicyChange[]): string {
  if (base === undefined)
    return 'the policy of the work tree; no base is known, name it with --base'
  if (changes.length === 0) return `the policy, unchanged since ${base.name}`
  const listed = changes.map(({ file, what }) => `${file} (${what})`).join(', ')
  return `the policy, changed since ${base.name}: ${listed}`
}

interface PolicyChange {
  readonly file: string
  /** `12 lines added, 3 removed` */
  readonly what: string
}

async function findChanges(root: string, { commit }: PolicyBase): Promise<PolicyChange[]> {
  const [changed, added] = await Promise.all([
    git(root, 'diff', '--numstat', '--no-renames', '-z', commit),
    git(root, 'ls-files', '-z', '--others', '--exclude-standard'),
  ])
  const changes = namesIn(changed).map((line) => {
    const [plus = '', minus = '', file = ''] = line.split('\t')
    return { file, what: `${plus} lines added, ${minus} removed` }
  })
  const all = [...changes, ...namesIn(added).map((file) => ({ file, what: 'new' }))]
  return all.filter(({ file }) => isPolicyFile(file))
}

function changed({ file, what }: PolicyChange, { name }: PolicyBase): Finding {
  return {
    check: 'policy',
    rule: 'policy-changed',
    where: { file },
    why: `the change that is checked changes its own policy (${what} since ${name})`,
    fix: 'have it reviewed as what it is, and run the gate with --allow-policy-change; until it is merged the policy of the base applies',
  }
}

/** The command of the package, and the file that it is. */
const GATE = /\brekey-gate\b|\bgate\/main\.[jt]s\b/

/** A step whose failure does not count. */
const IGNORED = /\|\|\s*(?:true|:|exit\s+0|echo)\b|continue-on-error:\s*true/

/** Workflows that test a change and do not hold the policy against it. */
async function findUnrun(root: string): Promise<Finding[]> {
  const names = (await readdir(join(root, WORKFLOWS)).catch(() => [])).filter((name) =>
    /\.ya?ml$/.test(name),
  )
  if (names.length === 0) return []
  const manifest = (await readWorkFile(root, 'package.json')) ?? '{}'
  const scripts = objectIn(readManifest(manifest).content['scripts'])
  const ours = Object.entries(scripts).flatMap(([name, command]) =>
    GATE.test(String(command)) && !IGNORED.test(String(command)) ? [name] : [],
  )
  for (const name of names) {
    const text = (await readWorkFile(root, `${WORKFLOWS}/${name}`)) ?? ''
    if (runsGate(text, ours)) return []
  }
  const why =
    'no workflow runs the gate, or its failure does not count, so nothing holds a change against the policy'
  const fix = 'add a step to the workflow of pull requests: run: npx rekey-gate'
  return [
    {
      check: 'policy',
      rule: 'gate-not-run',
      where: { file: `${WORKFLOWS}/${names[0] ?? ''}` },
      why,
      fix,
    },
  ]
}

function runsGate(text: string, scripts: readonly string[]): boolean {
  const lines = text.split('\n').map((line) => line.replace(/(?:^|\s)#.*$/, ''))
  return lines.some((line, index) => {
    const isGate =
      GATE.test(line) ||
      scripts.some((name) =>
        new RegExp(`\\b(?:run|yarn|pnpm)\\s+${escape(name)}(?=\\s|$|['"])`).test(line),
      )
    // The step of a line: up to the item of the list that comes next.
    return isGate && !IGNORED.test(stepAt(lines, index))
  })
}

function stepAt(lines: readonly string[], index: number): string {
  const isItem = (line: string) => /^\s*-\s/.test(line)
  let start = index
  while (start > 0 && !isItem(lines[start] ?? '')) start -= 1
  let end = index + 1
  while (end < lines.length && !isItem(lines[end] ?? '')) end += 1
  return lines.slice(start, end).join('\n')
}

function escape(name: string): string {
  return name.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')
}
