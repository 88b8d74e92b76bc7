import { expect, it } from 'vitest'
import { type Finding, type GatePolicy, toSarif } from '../index.ts'

const logged: Finding = {
  check: 'lint',
  rule: '@rekey/no-secret-in-logs',
  where: { file: 'services/frontend/src/a leak.ts', line: 12, column: 3 },
  why: 'The value that key (line 4) takes out of a Secret reaches console.log.',
  fix: 'log its label',
  related: [{ file: 'services/frontend/src/a leak.ts', line: 4 }],
  asks: 'Keep secrets out of logs',
}
const committed: Finding = {
  check: 'leaks',
  rule: 'rekey-api-key',
  where: { file: 'notes.txt', line: 7, commit: '0123456789abcdef0123456789abcdef01234567' },
  why: 'An API key between services of this family',
  fix: 'revoke it now',
}
const granted: Finding = {
  check: 'access',
  rule: 'holder',
  where: { file: 'services/signing/src/secrets.ts', part: 'secrets.oidc' },
  why: 'signing holds a secret of the kind oidc-client; only frontend may',
  fix: 'remove it',
}

function runOf(
  findings: readonly Finding[],
  env: Record<string, string> = {},
  pages?: GatePolicy['pages'],
) {
  const [run] = toSarif(findings, env, pages).runs
  if (run === undefined) throw new Error('it has no run')
  const rules = run.tool.driver.rules ?? []
  return { ...run, rules, results: run.results ?? [] }
}

it('has what code scanning asks of a log', () => {
  const log = toSarif([logged, committed, granted])
  expect(log).toMatchObject({
    version: '2.1.0',
    $schema: expect.stringContaining('sarif-2.1.0') as string,
  })
  const { tool, rules, results } = runOf([logged, committed, granted])
  expect(tool.driver.name).toBe('rekey gate')
  for (const { id, name, shortDescription, fullDescription, help, defaultConfiguration } of rules) {
    const texts = [
      id,
      name,
      shortDescription?.text,
      fullDescription?.text,
      help?.text,
      help?.markdown,
    ]
    for (const text of texts) expect(text).toMatch(/./)
    expect(defaultConfiguration?.level).toBe('error')
  }
  for (const {
    ruleId,
    ruleIndex = -1,
    level,
    message,
    locations,
    partialFingerprints,
  } of results) {
    expect(rules[ruleIndex]?.id).toBe(ruleId)
    expect(level).toBe('error')
    expect(message.text).toMatch(/To mend it: ./)
    expect(locations).toHaveLength(1)
    expect(Object.values(partialFingerprints ?? {})).toEqual([
      expect.stringMatching(/^[0-9a-f]{32}$/),
    ])
  }
})

it('describes a rule once, however often it is broken', () => {
  const { rules, results } = runOf([logged, granted, logged])
  expect(rules.map(({ id }) => id)).toEqual(['lint/@rekey/no-secret-in-logs', 'access/holder'])
  expect(results.map(({ ruleIndex }) => ruleIndex)).toEqual([0, 1, 0])
  expect(rules.map(({ shortDescription }) => shortDescription?.text)).toEqual([
    'Keep secrets out of logs',
    'Only the services that the family names hold a secret of a kind',
  ])
})

it('places everything below the top of the work tree, and names no folder of this machine', () => {
  const { originalUriBaseIds, results } = runOf([logged, committed, granted])
  expect(originalUriBaseIds).toEqual({
    '%SRCROOT%': { description: { text: expect.any(String) as string } },
  })
  const [first] = results[0]?.locations ?? []
  expect(first?.physicalLocation).toEqual({
    artifactLocation: { uri: 'services/frontend/src/a%20leak.ts', uriBaseId: '%SRCROOT%' },
    region: { startLine: 12, startColumn: 3 },
  })
  const [third] = results[2]?.locations ?? []
  expect(third?.physicalLocation?.region).toEqual({ startLine: 1 })
  expect(third?.logicalLocations).toEqual([{ fullyQualifiedName: 'secrets.oidc' }])
})

it('shows the other lines that a message speaks of', () => {
  const [result] = runOf([logged]).results
  expect(result?.relatedLocations).toMatchObject([
    { id: 0, message: { text: 'line 4' }, physicalLocation: { region: { startLine: 4 } } },
  ])
})

it('shows a leak in the history in the file that had it, and names the commit', () => {
  const [result] = runOf([committed]).results
  expect(result?.locations).toMatchObject([
    { physicalLocation: { artifactLocation: { uri: 'notes.txt' }, region: { startLine: 7 } } },
  ])
  expect(result?.message.text).toContain('commit 0123456789ab')
})

it('keeps a fingerprint when lines move, and gives each finding its own', () => {
  const print = (findings: readonly Finding[]) =>
    runOf(findings).results.map(({ partialFingerprints }) => partialFingerprints?.['rekeyGate/v1'])
  const moved: Finding = {
    ...logged,
    where: { ...logged.where, line: 40 },
    why: logged.why.replace('line 4', 'line 32'),
  }
  expect(print([moved])).toEqual(print([logged]))
  const all = print([logged, moved, granted, { ...granted, rule: 'shared' }, committed])
  expect(new Set(all).size).toBe(5)
})

it('links to the page about a rule where the repository has one and GitHub names the repository', () => {
  const env = {
    GITHUB_SERVER_URL: 'https://github.example.test',
    GITHUB_REPOSITORY: 'example/rekey',
    GITHUB_SHA: '0123456789',
  }
  const pages = { findings: 'docs/gate.md', rules: 'packages/eslint-plugin/docs/rules' }
  expect(runOf([logged, granted], env, pages).rules.map(({ helpUri }) => helpUri)).toEqual([
    'https://github.example.test/example/rekey/blob/0123456789/packages/eslint-plugin/docs/rules/no-secret-in-logs.md',
    'https://github.example.test/example/rekey/blob/0123456789/docs/gate.md#access',
  ])
  expect(runOf([logged], env).rules.map(({ helpUri }) => helpUri)).toEqual([undefined])
  expect(runOf([logged], {}, pages).rules.map(({ helpUri }) => helpUri)).toEqual([undefined])
})

it('shows the way of a value from its source to where it leaves, and how sure the rule is', () => {
  const path = {
    confidence: 'value' as const,
    steps: [
      { line: 4, column: 15, text: 'source: key.expose()' },
      { line: 12, column: 3, text: 'variable text' },
    ],
  }
  const [result] = runOf([{ ...logged, path }]).results
  expect(result).toMatchObject({ rank: 100, properties: { confidence: 'value' } })
  const [flow] = result?.codeFlows?.[0]?.threadFlows ?? []
  const steps = flow?.locations.map(({ location }) => ({
    line: location?.physicalLocation?.region?.startLine,
    text: location?.message?.text,
  }))
  expect(steps).toEqual([
    { line: 4, text: 'source: key.expose()' },
    { line: 12, text: 'variable text' },
  ])
})
