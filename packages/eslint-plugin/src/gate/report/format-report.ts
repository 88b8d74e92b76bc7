import { describePlace, type Finding } from '../finding.ts'
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
  const blocks = findings.map(({ check, rule, where, why, fix, level }) => {
    const broken = `  ${check}: ${rule}${level === undefined ? '' : ` (${level})`}`
    return [describePlace(where), broken, `  why: ${why}`, `  fix: ${fix}`, ''].join('\n')
  })
  const checks = Object.entries(covered).map(([check, what]) => `${check}: ${what}`)
  const notLooked = skipped.map((reason) => `Not looked at: ${reason}`)
  return [...blocks, ...checks, ...notLooked, describeOutcome(findings, passed), ''].join('\n')
}

function describeOutcome(findings: readonly Finding[], passed: string): string {
  const warnings = findings.filter(({ level }) => level === 'warning').length
  const parts = [
    ['finding', findings.length - warnings] as const,
    ['warning', warnings] as const,
  ].flatMap(([noun, count]) => (count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`]))
  return parts.length === 0 ? passed : `${parts.join(', ')}.`
}
