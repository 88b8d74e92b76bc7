import { describePlace } from '../finding.ts'
import type { GateReport } from '../run-gate.ts'

/**
 * The report for people: each finding with what, where, why and how to mend it, and the outcome last.
 *
 * @param passed the outcome without findings
 */
export function formatReport(
  { findings, covered, skipped }: GateReport,
  passed = 'The gate is passed.',
): string {
  const blocks = findings.map(({ check, rule, where, why, fix }) =>
    [describePlace(where), `  ${check}: ${rule}`, `  why: ${why}`, `  fix: ${fix}`, ''].join('\n'),
  )
  const checks = Object.entries(covered).map(([check, what]) => `${check}: ${what}`)
  const notLooked = skipped.map((reason) => `Not looked at: ${reason}`)
  return [...blocks, ...checks, ...notLooked, describeOutcome(findings.length, passed), ''].join(
    '\n',
  )
}

function describeOutcome(count: number, passed: string): string {
  if (count === 0) return passed
  return count === 1 ? '1 finding.' : `${count} findings.`
}
