// @lane servers
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CORPUS, corpusOptions, corpusRules, readCorpus } from '../test/corpus.support.ts'
import { lintFile } from '../test/rule-runs.support.ts'

const OXLINT = fileURLToPath(import.meta.resolve('oxlint/package.json')).replace(
  /package\.json$/,
  'bin/oxlint',
)
const PLUGIN = fileURLToPath(new URL('../dist/index.js', import.meta.url))

/** As oxlint prints it with `--format json`. */
interface Diagnostic {
  readonly message: string
  /** `@rekey(no-secret-in-logs)` */
  readonly code?: string
  readonly filename: string
  readonly labels: readonly { readonly span: { readonly line: number; readonly column: number } }[]
}

const snippets = corpusRules().flatMap(readCorpus)
let folder = ''
let found: ReadonlyMap<string, readonly string[]>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-oxlint-'))
  for (const { file, code } of snippets) await write(file.slice(CORPUS.length), code)
  const config = {
    jsPlugins: [{ name: '@rekey', specifier: PLUGIN }],
    plugins: [],
    categories: { correctness: 'off' },
    overrides: corpusRules().map((rule) => ({
      files: [`${rule}/**`],
      rules: { [`@rekey/${rule}`]: ['error', ...corpusOptions(rule)] },
    })),
  }
  // With it the project uses the loader, which a rule wants to be called.
  await write('package.json', '{ "dependencies": { "@rekey/config-loader": "*" } }')
  await write('.oxlintrc.json', JSON.stringify(config))
  found = byFile(await runOxlint())
}, 120_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}

function runOxlint(): Promise<readonly Diagnostic[]> {
  const args = [OXLINT, '--format', 'json', '.']
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 }, (_error, stdout) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics)
      } catch {
        reject(new Error(`oxlint printed no report: ${stdout.slice(0, 500)}`))
      }
    })
  })
}

function byFile(diagnostics: readonly Diagnostic[]): Map<string, string[]> {
  const files = new Map<string, string[]>()
  for (const { filename, message, labels } of diagnostics) {
    const line = labels[0]?.span.line ?? 0
    files.set(filename, [...(files.get(filename) ?? []), `${line}: ${message}`])
  }
  return files
}

describe.each(corpusRules())('%s', (rule) => {
  it('reports in oxlint what it reports in ESLint without types', { timeout: 60_000 }, () => {
    const options = corpusOptions(rule)
    const differing = snippets
      .filter(({ file }) => file.startsWith(join(CORPUS, rule, '/')))
      .map(({ file, code }) => ({
        file: file.slice(CORPUS.length),
        inEslint: lintFile(
          join(folder, file.slice(CORPUS.length)),
          code,
          rule,
          false,
          options,
          folder,
        ).map(({ line, message }) => `${line}: ${message}`),
        inOxlint: found.get(file.slice(CORPUS.length)) ?? [],
      }))
      .filter(
        ({ inEslint, inOxlint }) =>
          inEslint.toSorted().join('\n') !== inOxlint.toSorted().join('\n'),
      )
    expect(differing).toEqual([])
  })
})
