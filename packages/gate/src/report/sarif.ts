import { createHash } from 'node:crypto'
import type { Log, ReportingDescriptor, Result } from 'sarif'
import { describePlace, type Finding, type Place } from '../finding.ts'
import type { GatePolicy } from '../gate-policy.ts'
import { RULE_CATALOG } from './rule-catalog.ts'
import { helpUri } from './help-uri.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The findings as SARIF 2.1.0 (OASIS, 2020), with the properties that GitHub code scanning shows. Every place is relative to
 * the top of the work tree; a leak in the history is shown in the file that had it.
 *
 * @param env on GitHub, names the repository
 * @param pages the pages about findings that the repository has
 */
export function toSarif(
  findings: readonly Finding[],
  env: Env = {},
  pages?: GatePolicy['pages'],
): Log {
  const rules = new Map(
    findings.map((finding) => [
      ruleId(finding),
      describeRule(finding, helpUri(finding, env, pages)),
    ]),
  )
  const ids = [...rules.keys()]
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'rekey gate', rules: [...rules.values()] } },
        originalUriBaseIds: { [ROOT]: { description: { text: 'The top of the work tree.' } } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding, index) => ({
          ...describeResult(finding),
          ruleIndex: ids.indexOf(ruleId(finding)),
          partialFingerprints: { [FINGERPRINT]: fingerprint(finding, findings.slice(0, index)) },
        })),
      },
    ],
  }
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
  'Each finding says what to do. README.md of @rekey/gate describes what the gate checks.'

function describeResult(finding: Finding): Result {
  const { where, why, fix, related = [] } = finding
  const commit = where.commit === undefined ? '' : ` (${describePlace(where)})`
  return {
    ruleId: ruleId(finding),
    level: 'error',
    message: { text: `${why}${commit}. To mend it: ${fix}` },
    locations: [locate(where)],
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

function locate({ file, line = 1, column, part }: Place): NonNullable<Result['locations']>[number] {
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(file), uriBaseId: ROOT },
      region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) },
    },
    ...(part === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: part }] }),
  }
}

/**
 * The same for the same finding when lines move: made from the rule, the file and the words of the finding without numbers,
 * and from how many like it stand before it. The code itself, which may hold a secret, has no part in it.
 */
function fingerprint(finding: Finding, before: readonly Finding[]): string {
  const key = keyOf(finding)
  const nth = before.filter((other) => keyOf(other) === key).length
  return createHash('sha256').update(`${key}\n${nth}`).digest('hex').slice(0, 32)
}

function keyOf({ check, rule, where: { file, part = '', commit = '' }, why }: Finding): string {
  return [check, rule, file, part, commit, why.replaceAll(/\d+/g, '#')].join('\n')
}
