import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { runNx } from './run-nx.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const foldersIn = (group: string) =>
  readdirSync(join(ROOT, group), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [`${group}/${entry.name}`] : [],
  )
const PACKAGES = foldersIn('packages')
const BUILT = [...PACKAGES, ...foldersIn('services'), ...foldersIn('tools')]

interface NxGraph {
  readonly graph: {
    readonly nodes: Readonly<Record<string, { readonly data: { readonly root: string } }>>
  }
  readonly tasks: {
    readonly tasks: Readonly<Record<string, unknown>>
    readonly dependencies: Readonly<Record<string, readonly string[]>>
  }
}

/** Everything that can be reached from `start`, which is part of it. */
function closureOf(start: string, next: (from: string) => readonly string[]): string[] {
  const reached = new Set([start])
  for (const from of reached) next(from).forEach((to) => reached.add(to))
  return [...reached]
}

function parse(config: string): ts.ParsedCommandLine {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined }
  const parsed = ts.getParsedCommandLineOfConfigFile(join(ROOT, config), {}, host)
  if (parsed === undefined) throw new Error(`${config} is no TypeScript project`)
  return parsed
}

const referencesOf = (config: string): string[] =>
  (parse(config).projectReferences ?? []).map(({ path }) => relative(ROOT, path))

it('nx builds each package and service, and none of these builds depends on the testbed', async () => {
  const { graph, tasks } = JSON.parse(
    await runNx('run-many', '-t', 'build', '--graph=stdout'),
  ) as NxGraph
  const builds = Object.entries(graph.nodes)
    .filter(([, { data }]) => /^(?:packages|services)\//.test(data.root))
    .map(([name]) => `${name}:build`)
  expect(builds.filter((build) => tasks.tasks[build] === undefined)).toEqual([])
  const dependents = builds.map((build) =>
    closureOf(build, (task) => tasks.dependencies[task] ?? []),
  )
  expect(dependents).toHaveLength(PACKAGES.length + foldersIn('services').length)
  expect(dependents.flat()).not.toContain('@rekey/testbed:build')
}, 60_000)

it.each(PACKAGES)('the build of %s is made of sources of packages only', (folder) => {
  const projects = closureOf(`${folder}/tsconfig.lib.json`, referencesOf)
  expect(projects.filter((path) => !/^packages\/[^/]+\/tsconfig\.lib\.json$/.test(path))).toEqual(
    [],
  )
})

it.each(BUILT)('the build of %s leaves no test in dist', (folder) => {
  const built = referencesOf(`${folder}/tsconfig.json`)
    .filter((path) => path.startsWith(`${folder}/`))
    .map(parse)
    .filter(({ options }) => options.outDir === join(ROOT, folder, 'dist'))
  const sources = built.flatMap(({ fileNames }) => fileNames)
  const tests = parse(`${folder}/tsconfig.test.json`)
  expect(tests.options.outDir).toBe(join(ROOT, folder, 'out-tsc'))
  expect(sources.filter((file) => file.includes('.test.'))).toEqual([])
  const all = [...sources, ...tests.fileNames]
    .filter((file) => file.endsWith('.ts'))
    .map((file) => relative(ROOT, file))
  expect(all.toSorted()).toEqual(
    ts.sys
      .readDirectory(
        join(ROOT, folder),
        ['.ts'],
        ['dist', 'node_modules', 'out-tsc', 'test/**/corpus'],
        ['src', 'test'],
      )
      .map((file) => relative(ROOT, file))
      .toSorted(),
  )
})

it.each(PACKAGES)('%s publishes what its build leaves in dist, and no test', (folder) => {
  const { files } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as {
    files: string[]
  }
  const published = files.filter((pattern) => !pattern.startsWith('!'))
  const kept = ['codemod', 'completion.json', 'docs', 'family.schema.json', 'oxlint']
  expect([...kept, 'dist', 'schemas']).toEqual(expect.arrayContaining(published))
})
