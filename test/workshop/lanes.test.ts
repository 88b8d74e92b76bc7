import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { createVitest } from 'vitest/node'
import { findLanes, findOlder } from './lanes.ts'

const ROOT = join(import.meta.dirname, '../..')
const vitest = await createVitest('test', { root: ROOT, watch: false })
afterAll(() => vitest.close())
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
    'packages/a/src/by-support.test.ts': "import { s } from '../test/fixture.support.ts'",
    'packages/a/test/fixture.support.ts': "import { p } from './program.support.ts'",
    'packages/a/test/program.support.ts': `export const p = ${ASK}`,
    'packages/a/node_modules/b/c.test.ts': '',
    'packages/a/dist/own.test.ts': '',
  })
  expect(findLanes(root)).toEqual({
    embedded: ['packages/a/src/plain.test.ts'],
    servers: ['packages/a/src/by-support.test.ts', 'packages/a/src/own.test.ts'],
    measured: [],
  })
})

it('suites for two versions of PostgreSQL run on the one from npm in npm test, and on the other with the servers', async () => {
  const ask = ['await findPostgresServers', '()'].join('')
  const root = await repositoryOf({
    'packages/a/src/plain.test.ts': '',
    'packages/a/src/roles.test.ts': "import { s } from '../test/roles.support.ts'",
    'packages/a/test/roles.support.ts': ask,
    'packages/a/src/killed.test.ts': `// @lane servers\n${ask}`,
  })
  expect(findOlder(root)).toEqual(['packages/a/src/roles.test.ts'])
  const versions = vitest.projects.map(({ name, config }) => [name, config.env['REKEY_POSTGRES']])
  expect(Object.fromEntries(versions)).toMatchObject({ embedded: '18', older: '15', servers: '' })
})

it('npm test runs each file of the first lane once, and only those that leave nothing behind in one process', async () => {
  const { embedded } = findLanes(ROOT)
  const files = vitest.projects
    .filter(({ name }) => name.startsWith('embedded'))
    .flatMap(({ config }) => config.include)
  expect(files.toSorted()).toEqual([...embedded].toSorted())
  const together = vitest.projects.filter(({ config }) => !config.isolate)
  expect(together.map(({ name }) => name)).toEqual(['embedded-together'])
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>
  }
  expect(scripts['test']).toBe('vitest run --project embedded --project embedded-together')
})

it('npm test runs one whole npm start, and no other family', () => {
  const { embedded, servers } = findLanes(ROOT)
  expect(embedded.filter((file) => file.startsWith('test/e2e/'))).toEqual([
    'test/e2e/start.test.ts',
  ])
  expect(servers).toContain('test/e2e/start-stores.test.ts')
})

it('what measures has the machine for itself, and the others fill every core', () => {
  const { embedded, servers, measured } = findLanes(ROOT)
  const ofMeasures = [...embedded, ...servers].filter((file) =>
    /^test\/(?:bench\/fleet|growth\/)/.test(file),
  )
  expect(ofMeasures).toEqual([])
  expect(measured).toContain('test/growth/parsers.test.ts')
  const orders = vitest.projects.map(({ name, config }) => [name, config.sequence.groupOrder])
  expect(orders).toEqual([
    ...['embedded', 'embedded-together', 'servers', 'older'].map((name) => [name, 0]),
    ['measured', 1],
  ])
  const workers = vitest.projects.map(({ name, config }) => [name, config.maxWorkers] as const)
  expect(new Map(workers)).toEqual(
    new Map([
      ['embedded', availableParallelism() + 1],
      ['embedded-together', availableParallelism() + 1],
      ['servers', availableParallelism() + 1],
      ['older', availableParallelism() + 1],
      ['measured', Math.max(1, availableParallelism() - 1)],
    ]),
  )
})

const CI = join(ROOT, '.ci')
/** For tests that run a lane of their own. */
const SLOW_MS = 120_000

function countTests(...reportsAndExitCodes: string[]) {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(CI, 'count-tests.js'), ...reportsAndExitCodes],
    { cwd: ROOT, encoding: 'utf8' },
  )
  return { status, lines: stdout.trimEnd().split('\n') }
}

interface Lane {
  readonly passed?: number
  readonly failed?: readonly string[]
  readonly unended?: true
  readonly exit?: number
  readonly empty?: true
}

/** The words and the exit code of `.ci/count-tests.js`, for what lanes reported. */
async function countLanes(...lanes: readonly Lane[]) {
  return countTests(...(await writeReports(lanes)))
}

async function writeReports(lanes: readonly Lane[]): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-count-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const args = await Promise.all(
    lanes.map(async ({ passed = 1, failed = [], unended, exit = 0, empty }, n) => {
      const path = join(root, `${n}.jsonl`)
      const file = `slow-${n}.test.ts`
      const entries = [{ event: 'began', file }]
      const ended = { event: 'ended', file, passed, failed, ms: (n + 1) * 1e3 }
      if (unended !== true) entries.push(ended)
      const lines = empty === true ? [] : entries.map((entry) => `${JSON.stringify(entry)}\n`)
      await writeFile(path, lines.join(''))
      return [path, String(exit)]
    }),
  )
  return args.flat()
}

it('CI adds up its lanes, and names the slowest files', async () => {
  const { status, lines } = await countLanes({ passed: 3 }, { passed: 2 })
  expect(status).toBe(0)
  expect(lines).toEqual([
    '   2.0 s  slow-1.test.ts',
    '   1.0 s  slow-0.test.ts',
    '5 passed, 0 failed',
  ])
})

it.each([
  ['a test fails', { failed: ['is fast'], exit: 1 }, '2 passed, 1 failed'],
  ['a file does not end', { unended: true as const, exit: 124 }, '1 passed, 1 failed'],
  ['an error comes outside of any test', { exit: 1 }, '2 passed, 1 failed'],
  ['nothing ran', { empty: true as const, exit: 1 }, '1 passed, 0 failed'],
  ['no test was there', { passed: 0 }, '1 passed, 0 failed'],
])('CI fails where in one lane %s', async (_name, lane, last) => {
  const { status, lines } = await countLanes({}, lane)
  expect(status).toBe(1)
  expect(lines.at(-1)).toBe(last)
})

it('CI runs the files of tests that failed alone, and names them even where they pass then', async () => {
  const lanes = await writeReports([{ passed: 4, failed: ['is patient'], exit: 1 }])
  expect(countTests('--failed', ...lanes).lines).toEqual(['slow-0.test.ts'])
  const alone = await writeReports([{ passed: 5 }])
  const { status, lines } = countTests(...lanes, '--alone', ...alone)
  expect(status).toBe(0)
  expect(lines).toContain('Failed in its lane, passed alone: slow-0.test.ts > is patient')
  expect(lines.at(-1)).toBe('5 passed, 0 failed')
})

it.each([
  ['fails again', { passed: 4, failed: ['is patient'], exit: 1 }],
  ['ends with an error outside of any test', { passed: 5, exit: 1 }],
  ['runs no test', { passed: 0 }],
  ['does not end', { unended: true as const, exit: 124 }],
])('CI fails where the file of a test that failed, run alone, %s', async (_name, again) => {
  const lanes = await writeReports([{ passed: 4, failed: ['is patient'], exit: 1 }])
  const { status, lines } = countTests(...lanes, '--alone', ...(await writeReports([again])))
  expect(status).toBe(1)
  expect(lines.at(-1)).toBe('4 passed, 1 failed')
})

it('CI runs nothing again that did not end, or that failed outside of any test', async () => {
  const lanes = await writeReports([{ unended: true, exit: 124 }, { exit: 1 }])
  expect(countTests('--failed', ...lanes).lines).toEqual([''])
  expect(countTests(...lanes, '--alone').lines.at(-1)).toBe('1 passed, 2 failed')
})

it(
  'CI counts a lane that is cut off, and names each test that failed and each file that did not end',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'rekey-cut-'))
    onTestFinished(() => rm(root, { recursive: true }))
    const vitest = "import { it } from 'vitest'\n"
    const files = {
      'good.test.ts': `${vitest}it('holds', () => {}); it('holds too', () => {})`,
      'bad.test.ts': `${vitest}it('breaks', () => { throw new Error() })`,
      'unloadable.test.ts': 'throw new Error()',
      'waits.test.ts': `${vitest}it('waits', () => new Promise(() => {}), 1e6)`,
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text)
    await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
    const report = join(root, 'report.jsonl')
    await writeFile(report, '')
    const lane = spawn(
      process.execPath,
      [
        join(ROOT, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--maxWorkers=4',
        `--reporter=${CI}/lane-reporter.js`,
      ],
      { cwd: root, env: { ...process.env, REKEY_LANE_REPORT: report }, stdio: 'ignore' },
    )
    const exited = once(lane, 'exit')
    await expect
      .poll(async () => (await readFile(report, 'utf8')).match(/"ended"/g)?.length, {
        timeout: 60e3,
      })
      .toBe(3)
    await expect.poll(() => readFile(report, 'utf8'), { timeout: 60e3 }).toContain('waits.test.ts')
    lane.kill('SIGKILL')
    await exited
    const { status, lines } = countTests(report, '124')
    expect(status).toBe(1)
    expect(lines.filter((line) => line.startsWith('Failed: ')).toSorted()).toEqual([
      'Failed: bad.test.ts > breaks',
      'Failed: unloadable.test.ts > the file itself',
      'Failed: waits.test.ts did not end',
    ])
    expect(lines.at(-1)).toBe('2 passed, 3 failed')
  },
  SLOW_MS,
)

it(
  'a file that awaits without end is killed and named, and the others of its lane go on',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'rekey-stuck-'))
    onTestFinished(() => rm(root, { recursive: true }))
    const setupFiles = join(ROOT, 'test/workshop/file-deadline.ts')
    const project = (name: string, env: Readonly<Record<string, string>>) => ({
      test: { name, include: [`${name}.test.ts`], setupFiles, env },
    })
    // The other file has the deadline of the lanes, which no load makes it miss.
    const projects = [project('stuck', { REKEY_FILE_DEADLINE_MS: '1' }), project('good', {})]
    const vitest = "import { it } from 'vitest'\n"
    const files = {
      'vitest.config.js': `export default { test: { projects: ${JSON.stringify(projects)} } }`,
      'stuck.test.ts': `${vitest}await new Promise(() => {})\nit('waits', () => {})`,
      'good.test.ts': `${vitest}it('holds', () => {})`,
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text)
    await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
    const report = join(root, 'report.jsonl')
    await writeFile(report, '')
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        join(ROOT, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--reporter=default',
        `--reporter=${CI}/lane-reporter.js`,
      ],
      {
        cwd: root,
        env: { ...process.env, REKEY_LANE_REPORT: report },
        encoding: 'utf8',
        timeout: SLOW_MS,
        killSignal: 'SIGKILL',
      },
    )
    expect(status).toBe(1)
    expect(stderr).toMatch(/stuck\.test\.ts did not end within 1 ms and is killed\. Open: /)
    const { lines } = countTests(report, String(status))
    expect(lines).toContain('Failed: stuck.test.ts did not end')
    expect(lines.at(-1)).toBe('1 passed, 1 failed')
  },
  SLOW_MS,
)
