import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GateReport, REQUIRED_RULES, RULE_CATALOG } from '@rekey/eslint-plugin/internal/gate'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readViolations } from './corpus.ts'
import { type Family, openFamily } from './family.ts'
import { runGateOver } from './run-gate.ts'

const gitleaks = await findForTest('gitleaks')
const violations = readViolations()

/** Rules that need more than a folder of files to be broken; `command.test.ts` and `strange-files.test.ts` break them. */
const BROKEN_ELSEWHERE = [
  'policy/policy-changed',
  'leaks/absent',
  'leaks/unsearched',
  'lint/parser',
]

describe.runIf(gitleaks.found)('the gate', () => {
  const families: Family[] = []
  let reports: readonly GateReport[]

  beforeAll(async () => {
    families.push(await openFamily())
    for (const violation of violations) families.push(await openFamily(violation))
    reports = await runGateOver(families.map(({ root }) => root))
  }, 300_000)
  afterAll(() => Promise.all(families.map((family) => family[Symbol.asyncDispose]())))

  it('lets a clean family through', () => {
    const covered = expect.objectContaining({ access: '3 services, 8 secrets' }) as object
    expect(reports[0]).toEqual({ findings: [], skipped: [], covered })
  })

  it.each(violations.map((violation, index) => ({ ...violation, index })))(
    'stops $name: $policy',
    ({ index, findings }) => {
      const found = reports[index + 1]?.findings ?? []
      const rules = found.map(({ check, rule, where: { file } }) => ({ check, rule, file }))
      expect(rules).toEqual(findings.map(({ check, rule, file }) => ({ check, rule, file })))
      findings.forEach(({ fix }, at) => {
        expect(found[at]?.fix).toContain(fix)
      })
    },
  )
})

const ruleIds = [...Object.keys(RULE_CATALOG), ...REQUIRED_RULES.map((rule) => `lint/${rule}`)]

it('has a violation of each rule of the gate, and of each rule of the linter that the policy demands', () => {
  const broken = violations.flatMap(({ findings }) =>
    findings.map(({ check, rule }) => `${check}/${rule}`),
  )
  expect(ruleIds.filter((rule) => !broken.includes(rule))).toEqual(BROKEN_ELSEWHERE)
})

it('has each rule of the gate on the page about it', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/gate.md'), 'utf8')
  const chapters = page.split('\n## ')
  for (const id of Object.keys(RULE_CATALOG)) {
    const [check = '', rule = ''] = id.split('/')
    expect(chapters.find((chapter) => chapter.startsWith(`${check}\n`))).toContain(`| \`${rule}\``)
  }
})
