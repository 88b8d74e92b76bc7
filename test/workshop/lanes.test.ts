import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createVitest } from 'vitest/node'
import { findLanes } from './lanes.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Cut in two, so that this file does not ask for a server itself. */
const ASK = ['await findForTest', "('vault')"].join('')

async function repositoryOf(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-lanes-'))
  onTestFinished(() => rm(root, { recursive: true }))
  for (const top of ['packages', 'services', 'test', 'tools']) await mkdir(join(root, top))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return root
}

it('a file that asks for a server, itself or by its support files, is not run by npm test', async () => {
  const root = await repositoryOf({
    'packages/a/src/plain.test.ts': "import { x } from './x.ts'",
    'packages/a/src/x.ts': ASK,
    'packages/a/src/own.test.ts': `const vault = ${ASK}`,
    'packages/a/src/by-support.test.ts': "import { s } from '../fixture.test.support.ts'",
    'packages/a/fixture.test.support.ts': "import { p } from './src/program.test.support.ts'",
    'packages/a/src/program.test.support.ts': `export const p = ${ASK}`,
    'packages/a/node_modules/b/c.test.ts': '',
    'packages/a/dist/own.test.ts': '',
  })
  expect(findLanes(root)).toEqual({
    embedded: ['packages/a/src/plain.test.ts'],
    servers: ['packages/a/src/by-support.test.ts', 'packages/a/src/own.test.ts'],
    measured: [],
  })
})

it('npm test runs one whole npm start, and no other family', () => {
  const { embedded, servers } = findLanes(ROOT)
  expect(embedded.filter((file) => file.startsWith('test/e2e/'))).toEqual([
    'test/e2e/start.test.ts',
  ])
  expect(servers).toContain('test/e2e/start-stores.test.ts')
})

it('what measures has the machine for itself, and the others fill every core', async () => {
  const { embedded, servers, measured } = findLanes(ROOT)
  const ofMeasures = [...embedded, ...servers].filter((file) =>
    /^test\/(?:bench|growth)\//.test(file),
  )
  expect(ofMeasures).toEqual([])
  expect(measured).toContain('test/growth/parsers.test.ts')
  const vitest = await createVitest('test', { root: ROOT, watch: false })
  onTestFinished(() => vitest.close())
  const orders = vitest.projects.map(({ config }) => config.sequence.groupOrder)
  expect(new Set(orders).size).toBe(3)
  const workers = vitest.projects.map(({ name, config }) => [name, config.maxWorkers] as const)
  expect(new Map(workers)).toEqual(
    new Map([
      ['embedded', availableParallelism() + 1],
      ['servers', availableParallelism() + 1],
      ['measured', Math.max(1, availableParallelism() - 1)],
    ]),
  )
})

/** The words and the exit code of `.ci/count-tests.js`, for the reports of lanes. */
async function countTests(
  ...lanes: { passed?: number; failed?: number; unloaded?: number; exit?: number; empty?: true }[]
) {
  const root = await mkdtemp(join(tmpdir(), 'rekey-count-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const args = await Promise.all(
    lanes.map(async ({ passed = 1, failed = 0, unloaded = 0, exit = 0, empty }, n) => {
      const path = join(root, `${n}.json`)
      const file = { name: join(ROOT, `slow-${n}.test.ts`), startTime: 0, endTime: (n + 1) * 1e3 }
      const broken = { ...file, status: 'failed', assertionResults: [] }
      const testResults = [{ ...file, status: 'passed', assertionResults: [] }]
      for (let left = unloaded; left > 0; left -= 1) testResults.push(broken)
      const report = { numPassedTests: passed, numFailedTests: failed, testResults }
      await writeFile(path, empty === true ? '' : JSON.stringify(report))
      return [path, String(exit)]
    }),
  )
  const script = join(ROOT, '.ci/count-tests.js')
  const { status, stdout } = spawnSync(process.execPath, [script, ...args.flat()], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return { status, lines: stdout.trimEnd().split('\n') }
}

it('CI adds up its lanes, and names the slowest files', async () => {
  const { status, lines } = await countTests({ passed: 3 }, { passed: 2 })
  expect(status).toBe(0)
  expect(lines).toEqual([
    '   2.0 s  slow-1.test.ts',
    '   1.0 s  slow-0.test.ts',
    '5 passed, 0 failed',
  ])
})

it.each([
  ['a test fails', { failed: 1, exit: 1 }, '2 passed, 1 failed'],
  ['a file cannot be loaded', { unloaded: 1, exit: 1 }, '2 passed, 1 failed'],
  ['an error comes outside of any test', { exit: 1 }, '2 passed, 1 failed'],
  ['nothing ran', { empty: true as const, exit: 1 }, '1 passed, 0 failed'],
  ['no test was there', { passed: 0 }, '1 passed, 0 failed'],
])('CI fails where in one lane %s', async (_name, lane, last) => {
  const { status, lines } = await countTests({}, lane)
  expect(status).toBe(1)
  expect(lines.at(-1)).toBe(last)
})
