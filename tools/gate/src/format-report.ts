import type { GateReport } from './run-gate.ts'

/** The report for people: each finding with what, where, why and how to mend it, and the outcome last. */
export function formatReport({ findings, covered, skipped }: GateReport): string {
  const blocks = findings.map(({ check, rule, where, why, fix }) =>
    [where, `  ${check}: ${rule}`, `  why: ${why}`, `  fix: ${fix}`, ''].join('\n'),
  )
  const checks = Object.entries(covered).map(([check, what]) => `${check}: ${what}`)
  const outcome = findings.length === 0 ? 'The gate is passed.' : `${findings.length} findings.`
  const notLooked = skipped.map((reason) => `Not looked at: ${reason}`)
  return [...blocks, ...checks, ...notLooked, outcome, ''].join('\n')
}
