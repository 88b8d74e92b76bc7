// @lane servers
import { afterAll, describe, expect } from 'vitest'
import { openWorkbench } from './workbench.ts'

const bench = await openWorkbench([
  ...['deploy/grafana', 'deploy/prometheus', 'test/deploy', 'services/signing'],
  ...['packages/config-loader', 'packages/rekey'],
])
afterAll(() => bench[Symbol.asyncDispose]())

const COMPONENT = `
import type { FamilyView } from '../src/console/family-view.ts'

/** Counts the secrets. */
export function Toy({ view }: { readonly view: FamilyView }) {
  return (
    <section aria-labelledby="toy">
      <h2 id="toy">A toy of {view.secrets.map(({ title }) => title).join(', ')}</h2>
    </section>
  )
}`

interface Element {
  readonly innerText: string
}
interface Page {
  $eval(selector: string, read: (found: Element) => string): Promise<string>
}
interface ChromiumModule {
  readonly inChromium: (title: string, test: () => Promise<void>) => void
  look(read: () => unknown): Promise<{ readonly page: Page; readonly complaints: string[] }>
}
interface ReadingsModule {
  family(secrets: readonly unknown[]): unknown
  settled(): unknown
}

describe('a part of the console', async () => {
  const toy = bench.add('a part of the console')
  await toy.write('packages/rekey/page/toy.tsx', COMPONENT)
  const app = 'packages/rekey/page/app.tsx'
  await toy.insert(app, 'import { NextSteps }', `import { Toy } from './toy.tsx'\n`)
  await toy.insert(app, '      <NextSteps view={view} />', '      <Toy view={view} />\n')
  const support = 'packages/rekey/test/console'
  const readings = (await bench.load(`${support}/readings.support.ts`)) as ReadingsModule
  const chromium = (await bench.load(`${support}/chromium.support.ts`)) as ChromiumModule

  chromium.inChromium('shows what it has of the family', async () => {
    const { page, complaints } = await chromium.look(() => readings.family([readings.settled()]))
    expect(await page.$eval('#toy', ({ innerText }) => innerText)).toBe(
      'A toy of api-key shop:till',
    )
    expect(complaints).toEqual([])
  })
})

const METRIC = `  {
    name: 'rekey_secret_toys_total',
    type: 'counter',
    help: 'Toys of a secret.',
    samples: () => [[{}, 1]],
  },
`
const ALERT = `      - alert: RekeyToy
        expr: rekey_secret_toys_total > 1
        labels: { severity: ticket }
        annotations: { summary: 'a toy too many', description: 'Put one away.' }
`
const CASES = `  - interval: 1m
    input_series: [{ series: 'rekey_secret_toys_total{service="shop"}', values: '1x5 2x5' }]
    alert_rule_test:
      - { eval_time: 4m, alertname: RekeyToy, exp_alerts: [] }
      - eval_time: 8m
        alertname: RekeyToy
        exp_alerts:
          - exp_labels: { severity: ticket, service: shop }
            exp_annotations: { summary: 'a toy too many', description: 'Put one away.' }
`

describe('an alert', async () => {
  const before = `  {\n    name: 'rekey_secret_info',`
  await bench.add('a metric').insert('packages/config-loader/src/metrics.ts', before, METRIC)
  const toy = bench.add('an alert')
  const [rules, cases] = ['rekey.rules.yaml', 'rekey.rules.test.yaml'] as const
  await toy.insert(`deploy/prometheus/${rules}`, '      - alert: RekeySecretLeaked', ALERT)
  const first = `  - interval: 1m\n    input_series:\n      - series: 'rekey_secret_leaks_total{service="shop",secret="API_KEY`
  await toy.insert(`deploy/prometheus/${cases}`, first, CASES)

  describe('the test of the row', async () => {
    await bench.load('test/deploy/alerts.test.ts')
  })
})
