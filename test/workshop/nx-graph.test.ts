import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readNxJson } from 'nx/src/config/configuration.js'
import type { ProjectGraph } from 'nx/src/config/project-graph.js'
import { getTaskRawInputs } from 'nx/src/hasher/check-task-files.js'
import { filterAffected } from 'nx/src/project-graph/affected/affected-project-graph.js'
import { calculateFileChanges } from 'nx/src/project-graph/file-utils.js'
import { createProjectGraphAsync } from 'nx/src/project-graph/project-graph.js'
import { beforeAll, expect, it } from 'vitest'
import {
  filesBehind,
  type OutsideReference,
  outsideReferences,
  type WorkTree,
} from './outside-references.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

let graph: ProjectGraph
let tree: WorkTree
/** By the folder of the project that they leave. */
let references: ReadonlyMap<string, readonly OutsideReference[]>

beforeAll(async () => {
  process.env['NX_DAEMON'] = 'false'
  graph = await createProjectGraphAsync()
  const listed = await run('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: ROOT,
    maxBuffer: 2 ** 24,
  })
  const folders = Object.values(graph.nodes).map(({ name, data }) => [name, data.root] as const)
  tree = { root: ROOT, files: listed.stdout.trim().split('\n'), folders: new Map(folders) }
  references = new Map(
    folders.map(([, folder]) => [folder, outsideReferences(tree, folder)] as const),
  )
}, 300_000)

it('nx knows every file that a project reads, starts or imports beyond its folder as an input of its tests', async () => {
  const nxJson = readNxJson()
  const unknown = new Set<string>()
  for (const [name, folder] of tree.folders) {
    const inputs = await getTaskRawInputs(`${name}:test`, { projectGraph: graph, nxJson })
    const known = new Set(inputs?.files)
    for (const { file, path } of references.get(folder) ?? []) {
      if (!filesBehind(tree, path).every((each) => known.has(each))) unknown.add(`${file}: ${path}`)
    }
  }
  expect([...unknown]).toEqual([])
}, 300_000)

it.each([
  ['test/drop-in', 'docs/runbooks/pgbouncer.md'],
  ['test/e2e', 'README.md'],
  ['test/e2e', 'services/signing/src/main.ts'],
  ['test/packed', 'packages/*'],
  ['test/gate', 'docs/gate.md'],
  ['tools/stack', 'services/*/src/main.ts'],
  ['packages/db-pool-rotator', 'services/*/schema.sql'],
  ['packages/rekey', 'tools/testbed/src'],
])('what %s needs beyond its folder is found in its code: %s', (folder, path) => {
  expect(references.get(folder)?.map((reference) => reference.path)).toContain(path)
  expect(filesBehind(tree, path)).not.toEqual([])
})

const ROOMS = [
  'bench',
  'drop-in',
  'e2e',
  'faults',
  'gate',
  'growth',
  'leak',
  'outside',
  'simulator',
  'stores',
]
const WITH_FAMILY = ['bench', 'e2e', 'gate', 'leak', 'outside']
const WITH_ENGINE = [...WITH_FAMILY, 'faults', 'simulator', 'stores']

it.each([
  [
    'the route POST /profiles',
    'services/frontend/src/routes.ts',
    ['service-frontend', 'stack'],
    WITH_ENGINE,
  ],
  [
    'certtransparency',
    'services/certtransparency/src/main.ts',
    ['service-certtransparency'],
    WITH_ENGINE,
  ],
  ['a runbook', 'docs/runbooks/aws.md', [], ['e2e']],
  ['the list of sources', 'docs/sources.md', ['config-loader'], ROOMS],
  ['the command line', 'packages/rekey/src/main.ts', ['rekey', 'api-key-auth'], ROOMS],
  [
    'a rule of the linter',
    'packages/eslint-plugin/src/index.ts',
    ['eslint-plugin'],
    ['bench', 'gate', 'outside'],
  ],
  [
    'the masking of logs',
    'packages/log-redactor/src/index.ts',
    ['log-redactor', 'config-loader'],
    [...WITH_ENGINE, 'growth', 'drop-in'],
  ],
  ['the testbed', 'tools/testbed/src/vault.ts', ['config-loader', 'rekey', 'log-redactor'], ROOMS],
])(
  'nx affected: a change of %s (%s) has the tests of %j run, and of test/ those of %j and no other but workshop',
  async (_change, file, expected, rooms) => {
    expect(tree.files).toContain(file)
    // As `nx affected --files` does, without a process for each.
    const found = await filterAffected(graph, calculateFileChanges([file]))
    const affected = Object.keys(found.nodes)
    expect(affected).toEqual(expect.arrayContaining(expected.map((name) => `@rekey/${name}`)))
    expect(affected.includes('@rekey/log-redactor')).toBe(expected.includes('log-redactor'))
    const inTest = affected.flatMap((name) => /^@rekey\/test-(.*)/.exec(name)?.[1] ?? [])
    const withTests = inTest.filter((room) => ROOMS.includes(room) || room === 'workshop')
    expect(withTests.toSorted()).toEqual([...rooms, 'workshop'].toSorted())
  },
  60_000,
)

it('nx test passes for a project without tests', async () => {
  const { command } = graph.nodes['@rekey/service-certtransparency']?.data.targets?.['test']
    ?.options as { command: string }
  const [program = '', ...args] = command.split(' ')
  const shim = join(ROOT, 'node_modules/.bin', program)
  await run(shim, [...args, '--testNamePattern', '^none$'], { cwd: ROOT })
}, 300_000)
