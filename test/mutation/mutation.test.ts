import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { FOLDERS } from './folders.ts'
import { instrument } from './mutants.ts'
import { mutantsPage } from './mutants-page.ts'
import { embeddedTests, relatedTests } from './related-tests.ts'
import { runMutants } from './run-mutants.ts'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = 'packages/a/src/door'
const GUARD = `export const mayEnter = (age: number) => age >= 18
export const isNamed = (name: string) => name !== ''
export const never = () => 1 + 1
export async function waitFor(open: () => boolean) {
  while (!open()) await null
  return true
}
`
const TEST = `import { expect, it } from 'vitest'
import { isNamed, mayEnter, waitFor } from './index.ts'
it('lets in who is old enough', () => {
  expect([mayEnter(17), mayEnter(18)]).toEqual([false, true])
  isNamed('')
})
it('waits until it is open', async () => {
  expect(await waitFor(() => true)).toBe(true)
})
`

async function repositoryOf(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-mutated-'))
  onTestFinished(() => rm(root, { recursive: true }))
  for (const top of ['packages', 'services', 'test', 'tools']) await mkdir(join(root, top))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  return root
}

it('tells mutants that a test notices from those that none does, that no test reaches, and that the time leaves out', async () => {
  const root = await repositoryOf({
    [`${FOLDER}/guard.ts`]: GUARD,
    [`${FOLDER}/index.ts`]: "export * from './guard.ts'\n",
    [`${FOLDER}/guard.test.ts`]: TEST,
  })
  const instrumented = await instrument(root, [`${FOLDER}/guard.ts`])
  const tests = relatedTests(root, FOLDER, [`${FOLDER}/guard.test.ts`])
  const trials = {
    root,
    folder: FOLDER,
    instrumented,
    tests,
    chosen: instrumented.mutants,
    workers: 1,
  }
  const { outcomes, unfit } = await runMutants({ ...trials, limitMs: 600_000 })
  const stateOf = (original: string, replacement: string) =>
    outcomes.find(
      ({ mutant }) => mutant.original === original && mutant.replacement === replacement,
    )?.state
  expect(unfit).toEqual([])
  expect(stateOf('age >= 18', 'age > 18')).toBe('killed')
  expect(stateOf('age >= 18', 'true')).toBe('killed')
  expect(stateOf("name !== ''", 'true')).toBe('survived')
  expect(stateOf('1 + 1', '1 - 1')).toBe('not reached')
  // Without end: the turns of the loop are counted.
  expect(stateOf('!open()', 'open()')).toBe('killed')
  const untried = await runMutants({ ...trials, limitMs: 0 })
  expect(new Set(untried.outcomes.map(({ state }) => state))).toEqual(new Set(['left out']))
}, 300_000)

it('a folder is tried by its tests, and by those of its package that import from it', async () => {
  const files = {
    [`${FOLDER}/guard.test.ts`]: '',
    'packages/a/src/house.test.ts': "import { a } from './door/guard.ts'",
    'packages/a/src/street.test.ts': "import { s } from '../test/street.support.ts'",
    'packages/a/test/street.support.ts': "import { a } from '../src/door/index.ts'",
    'packages/a/src/other.test.ts': "import { a } from './doors.ts'",
    'packages/b/src/far.test.ts': "import { a } from '../../a/src/door/guard.ts'",
  }
  const root = await repositoryOf(files)
  const tests = Object.keys(files).filter((file) => file.endsWith('.test.ts'))
  expect(relatedTests(root, FOLDER, tests)).toEqual([
    `${FOLDER}/guard.test.ts`,
    'packages/a/src/house.test.ts',
    'packages/a/src/street.test.ts',
  ])
})

it('only tests of npm test are run: those of servers would start theirs for each mutant', async () => {
  const projects = [
    { test: { name: 'embedded', include: ['packages/a/*.test.ts'] } },
    { test: { name: 'embedded-together', include: ['packages/c/*.test.ts'] } },
    { test: { name: 'servers', include: ['packages/b/*.test.ts'] } },
  ]
  const root = await repositoryOf({
    'vitest.config.js': `export default { test: { projects: ${JSON.stringify(projects)} } }`,
    'packages/a/quick.test.ts': '',
    'packages/b/slow.test.ts': '',
    'packages/c/light.test.ts': '',
  })
  expect(await embeddedTests(root)).toEqual([
    'packages/a/quick.test.ts',
    'packages/c/light.test.ts',
  ])
}, 60_000)

it('the page has a new row for what is measured, the old one else, and names what was never measured', () => {
  const mutant = {
    ...{ id: '0', file: 'a.ts', line: 1, endLine: 1 },
    ...{ mutator: 'BooleanLiteral', original: 'true', replacement: 'false' },
  }
  const states = ['killed', 'killed', 'survived', 'not reached'] as const
  const outcomes = states.map((state) => ({ mutant, state }))
  const [first = '', second = '', third = ''] = FOLDERS.keys()
  const before = mutantsPage(second, outcomes, 'a clock', '')
  const page = mutantsPage(first, outcomes.slice(2), 'another', before)
  expect(page.split('\n')).toEqual(
    expect.arrayContaining([
      `| ${first} | 2 | 0 | 1 | 1 | 0.0 | 85 | another |`,
      `| ${second} | 4 | 2 | 1 | 1 | 50.0 | 85 | a clock |`,
      `| ${third} | - | - | - | - | - | 80 | not measured |`,
    ]),
  )
})
