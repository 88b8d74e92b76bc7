import { createHash } from 'node:crypto'
import type { Invocation, Log, Notification, ReportingDescriptor, Result } from 'sarif'
import { describePlace, type Finding, type Place } from '../finding.ts'
import type { GatePolicy } from '../gate-policy.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The findings as SARIF 2.1.0 (OASIS, 2020), with the properties that GitHub code scanning shows, and within its limits. Every
 * place is relative to the top of the work tree; a leak in the history is shown in the file that had it.
 *
 * @param env on GitHub, names the repository
 * @param pages the pages about findings that the repository has
 */
export function toSarif(
  findings: readonly Finding[],
  env: Env = {},
  pages?: GatePolicy['pages'],
): Log {
  const shown = mostSevere(findings)
  const rules = new Map<string, ReportingDescriptor>()
  for (const finding of shown) {
    const id = ruleId(finding)
    if (!rules.has(id)) rules.set(id, describeRule(finding, helpUri(finding, env, pages)))
  }
  const indexes = new Map([...rules.keys()].map((id, index) => [id, index]))
  const fingerprint = newFingerprints()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'rekey gate', rules: [...rules.values()] } },
        originalUriBaseIds: { [ROOT]: { description: { text: 'The top of the work tree.' } } },
        columnKind: 'utf16CodeUnits',
        ...(shown.length < findings.length && { invocations: [cutTo(shown, findings)] }),
        results: shown.map((finding, index) => ({
          ...describeResult(index < MAX_SHOWN ? finding : { ...finding, path: undefined }),
          ruleIndex: indexes.get(ruleId(finding)) ?? -1,
          partialFingerprints: { [FINGERPRINT]: fingerprint(finding) },
        })),
      },
    ],
  }
}

/** GitHub refuses a run with more (docs.github.com, "SARIF results exceed one or more limits"). */
const MAX_RESULTS = 25_000
/** GitHub shows so many of them; the paths of the others would only fill the 10 MB that it takes. */
const MAX_SHOWN = 5_000

/** All findings, or the first of them with the errors before the warnings. */
function mostSevere(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= MAX_RESULTS) return findings
  const isError = ({ level }: Finding) => level === undefined
  const errors = findings.filter(isError)
  return [...errors, ...findings.filter((each) => !isError(each))].slice(0, MAX_RESULTS)
}

function cutTo(shown: readonly Finding[], all: readonly Finding[]): Invocation {
  const text = `${all.length - shown.length} findings are left out: GitHub takes ${MAX_RESULTS} at most.`
  const notifications: Notification[] = [{ level: 'warning', message: { text } }]
  return { executionSuccessful: true, toolExecutionNotifications: notifications }
}

const ROOT = '%SRCROOT%'

/** The number goes up whenever the same finding gets another fingerprint. */
const FINGERPRINT = 'rekeyGate/v1'

function ruleId({ check, rule }: Finding): string {
  return `${check}/${rule}`
}

function describeRule(finding: Finding, page: string | undefined): ReportingDescriptor {
  const id = ruleId(finding)
  const asks = finding.asks ?? RULE_CATALOG[id] ?? finding.why
  return {
    id,
    name: finding.rule,
    shortDescription: { text: asks },
    fullDescription: { text: asks },
    help: { text: `${asks}. ${HELP}`, markdown: `${asks}.\n\n${HELP}` },
    ...(page === undefined ? {} : { helpUri: page }),
    defaultConfiguration: { level: 'error' },
    properties: {
      tags: ['security', finding.check],
      precision: 'high',
      'security-severity': '8.0',
    },
  }
}

const HELP =
  'Each finding ends with what to do. README.md of @rekey/eslint-plugin describes what the gate checks.'

function describeResult(finding: Finding): Result {
  const { where, why, fix, path, related = [] } = finding
  const commit = where.commit === undefined ? '' : ` (${describePlace(where)})`
  return {
    ruleId: ruleId(finding),
    level: finding.level ?? 'error',
    message: { text: `${why}${commit}. To mend it: ${fix}` },
    locations: [locate(where)],
    ...(path === undefined ? {} : describePath(where, path)),
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((place, id) => ({
            id,
            message: { text: `line ${place.line ?? 1}` },
            ...locate(place),
          })),
        }),
  }
}

/** The order of findings in viewers, from the surest to the least sure; a rank is no probability. */
const RANKS = { value: 100, type: 67, name: 33 } as const

/** The way of a value, from its source on (SARIF 2.1.0, section 3.36, "codeFlow object"). */
function describePath(
  { file }: Place,
  { confidence, steps }: NonNullable<Finding['path']>,
): Partial<Result> {
  const locations = steps.map(({ line, column, text }) => ({
    location: { ...locate({ file, line, column }), message: { text } },
  }))
  return {
    codeFlows: [{ threadFlows: [{ locations }] }],
    rank: RANKS[confidence],
    properties: { confidence },
  }
}

/** A message about a whole file has the line and column 0 in ESLint; SARIF counts both from 1. */
function locate({ file, line = 1, column, part }: Place): NonNullable<Result['locations']>[number] {
  const uri = file.split('/').map(encodeURIComponent).join('/')
  return {
    physicalLocation: {
      artifactLocation: { uri, uriBaseId: ROOT },
      region: { startLine: Math.max(line, 1), ...(column && { startColumn: column }) },
    },
    ...(part === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: part }] }),
  }
}

/**
 * The same for the same finding when lines move: made from the rule, the file and the words of the finding without numbers,
 * and from how many like it stand before it. The code itself, which may hold a secret, has no part in it.
 */
function newFingerprints(): (finding: Finding) => string {
  const counts = new Map<string, number>()
  return (finding) => {
    const key = keyOf(finding)
    const nth = counts.get(key) ?? 0
    counts.set(key, nth + 1)
    return createHash('sha256').update(`${key}\n${nth}`).digest('hex').slice(0, 32)
  }
}

function keyOf({ check, rule, where: { file, part = '', commit = '' }, why }: Finding): string {
  return [check, rule, file, part, commit, why.replaceAll(/\d+/g, '#')].join('\n')
}

/** The page about a rule, if the repository has one, as GitHub shows it. GitHub names the repository where it runs the gate. */
function helpUri(
  { check, rule }: Pick<Finding, 'check' | 'rule'>,
  env: Readonly<Record<string, string | undefined>>,
  pages: GatePolicy['pages'],
): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = env
  if (server === undefined || repository === undefined || commit === undefined) return undefined
  if (pages === undefined) return undefined
  const ours = /^@rekey\/(.+)$/.exec(rule)?.[1]
  const page =
    check === 'lint' && ours !== undefined
      ? `${pages.rules}/${ours}.md`
      : `${pages.findings}#${check}`
  return `${server}/${repository}/blob/${commit}/${page}`
}

/** The demand of each rule of the gate itself, by check and rule. Rules of the linter and of gitleaks carry their own. */
export const RULE_CATALOG: Readonly<Record<string, string>> = {
  'policy/policy-changed': 'A change does not weaken the policy that it is held against',
  'policy/gate-not-run': 'A workflow runs the gate',
  'access/definition': 'Each service exports its definition from src/secrets.ts',
  'access/family': 'The repository declares its family of services',
  'access/stranger': 'Each service with a definition belongs to the family',
  'access/absent-service': 'Each service of the family has a definition',
  'access/unknown-kind': 'A service holds only kinds of secret that the family declares',
  'access/holder': 'Only the services that the family names hold a secret of a kind',
  'access/one-each': 'A service holds no more secrets of a kind than it is granted',
  'access/shared': 'No two services share a secret',
  'access/call': 'A service calls only the services that the family lets it call',
  'access/call-ends': 'Each call has one sender and one receiver of its key',
  'access/call-name': 'Both ends of a call find its key under one name',
  'access/store-name': 'A service reads a secret under the name that the family gives it',
  'access/owner-role': 'A login acts as the owner role that the family declares',
  'access/min-length': 'No secret is shorter than the family requires',
  'access/unused-grant': 'A secret that the family grants is declared by its service',
  'startup/no-entry': 'Each service has an entry, src/main.ts',
  'startup/not-loaded': 'Each service loads and validates its secrets when it starts',
  'startup/other-definition': 'Each service loads its own definition',
  'drift/generated-file': 'What is made from a definition follows from it',
  'dependencies/no-lock': 'A lock decides which packages are installed',
  'dependencies/undecided-script': 'A package runs a script only if allowScripts decides so',
  'dependencies/stale-script-decision': 'No decision waits for a package that is not there',
  'dependencies/void-script-decision': 'npm understands each decision about a script',
  'dependencies/own-script':
    'The repository runs a script at installation only if gate.json approves it',
  'dependencies/foreign-source': 'Packages come from a registry, with their digests',
  'leaks/absent': 'gitleaks is there where it must be',
  'leaks/ignore-file': 'Exceptions for gitleaks are in .gitleaks.toml',
  'leaks/leak-config': 'The configuration of gitleaks can be read',
  'leaks/leak-rule-drift': 'Have gitleaks find the API keys that are issued today',
  'leaks/missed-secret': 'gitleaks finds a fresh secret for each of its rules',
  'leaks/wide-exception': 'An exception allows only what it is for',
  'leaks/idle-exception': 'An exception allows what it is for',
  'leaks/untested-rule': 'Each rule for gitleaks is tried with a fresh secret',
  'leaks/untested-exception': 'Each exception for gitleaks is tried',
  'leaks/unsearched': 'gitleaks searches all that git would take',
  'lint/parser': 'The code can be read',
  'lint/rule-off': 'The required rules are errors in every service',
  'lint/missed-leak': 'Each required rule finds the leaks that the gate plants',
  'lint/test-in-production': 'Code that production imports is linted as production',
  'lint/unlinted': 'All code of every service is linted',
  'lint/grants-drift': 'The linter grants a service what the family grants it',
  'lint/definers-drift': 'The linter knows the functions by which the family declares secrets',
  'lint/no-lint-config': 'ESLint is configured',
  'lint/suppression-budget': 'No more rules are switched off than gate.json allows',
  'lint/unexplained-suppression': 'Name the rule and the reason where you switch one off',
}
