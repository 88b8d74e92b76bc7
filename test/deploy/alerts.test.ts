import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findForTest } from '@rekey/testbed'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { DEPLOY } from './image.ts'

const promtool = await findForTest('promtool')
const RULES = join(DEPLOY, 'prometheus/rekey.rules.yaml')
const TESTS = join(DEPLOY, 'prometheus/rekey.rules.test.yaml')
const DASHBOARD = join(DEPLOY, 'grafana/rekey.json')
/** Where metrics are named. */
const SOURCES = [
  'packages/config-loader/src',
  'packages/rekey/src/controller',
  'services/signing/src',
]

interface Rules {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}

interface Rule {
  readonly alert: string
  readonly expr: string
}

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string
      readonly exp_alerts: readonly unknown[]
    }[]
  }[]
}

async function readYaml<T>(file: string): Promise<T> {
  return parse(await readFile(file, 'utf8')) as T
}

const readRules = async () => (await readYaml<Rules>(RULES)).groups.flatMap(({ rules }) => rules)

/** Every expression of the dashboard, with the interval that Grafana would fill in. */
async function dashboardExpressions(): Promise<string[]> {
  const { panels } = JSON.parse(await readFile(DASHBOARD, 'utf8')) as {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[]
  }
  const all = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  return all.map((expr) => expr.replaceAll('$__rate_interval', '5m'))
}

async function servedMetrics(): Promise<ReadonlySet<string>> {
  const names = SOURCES.map(async (folder) => {
    const root = fileURLToPath(new URL(`../../${folder}`, import.meta.url))
    const files = (await readdir(root)).filter((name) => /(?<!\.test)\.ts$/.test(name))
    const texts = await Promise.all(files.map((name) => readFile(join(root, name), 'utf8')))
    return texts.flatMap((text) =>
      Array.from(text.matchAll(/\b(?:rekey|ca)_[a-z]+_[a-z_]+\b/g), ([name]) => name),
    )
  })
  return new Set((await Promise.all(names)).flat())
}

it('alerts and dashboard ask for metrics that are served, and for no others', async () => {
  const asked = [...(await readRules()).map(({ expr }) => expr), ...(await dashboardExpressions())]
  const names = asked.flatMap((expr) =>
    Array.from(expr.matchAll(/\b(?:rekey|ca)_[a-z_]+\b/g), ([name]) => name),
  )
  const served = await servedMetrics()
  expect(new Set(names).size).toBeGreaterThan(8)
  const isServed = (name: string) => served.has(name) || served.has(name.replace(/_bucket$/, ''))
  expect(names.filter((name) => !isServed(name))).toEqual([])
})

it('each alert has a test in which it fires, and one in which it does not', async () => {
  const { tests } = await readYaml<RuleTests>(TESTS)
  const cases = tests.flatMap(({ alert_rule_test }) => alert_rule_test)
  const cover = (fires: boolean) =>
    new Set(
      cases
        .filter(({ exp_alerts }) => exp_alerts.length > 0 === fires)
        .map(({ alertname }) => alertname),
    )
  const alerts = (await readRules()).map(({ alert }) => alert).toSorted()
  expect([...cover(true)].toSorted()).toEqual(alerts)
  expect([...cover(false)].toSorted()).toEqual(alerts)
})

describe.runIf(promtool.found)('promtool', () => {
  const run = (...args: string[]) => promisify(execFile)(promtool.path, args)

  it('accepts the rules, and finds that each alert fires when it has to', async () => {
    expect((await run('check', 'rules', RULES)).stdout).toContain('SUCCESS')
    expect((await run('test', 'rules', TESTS)).stdout).toContain('SUCCESS')
  })

  it('finds an alert that fires for nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rekey-alerts-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const rules = (await readFile(RULES, 'utf8')).replace(
      '{state="stuck"} == 1',
      '{state="stuck"} >= 0',
    )
    await writeFile(join(folder, 'rekey.rules.yaml'), rules)
    await writeFile(join(folder, 'tests.yaml'), await readFile(TESTS, 'utf8'))
    await expect(run('test', 'rules', join(folder, 'tests.yaml'))).rejects.toThrow(
      'RekeyRotationStuck',
    )
  })

  it('accepts every expression of the dashboard', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rekey-dashboard-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const rules = (await dashboardExpressions()).map((expr, i) => ({ record: `panel_${i}`, expr }))
    const file = join(folder, 'panels.yaml')
    await writeFile(file, stringify({ groups: [{ name: 'panels', rules }] }))
    expect((await run('check', 'rules', file)).stdout).toContain(`${rules.length} rules found`)
  })
})
