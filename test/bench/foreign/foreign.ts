import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import plugin from '@rekey/eslint-plugin'
import { succeed } from '@rekey/test-packed'
import { type ESLint, Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { type CellTable, effort } from '../bench-table.ts'

/** A package of the registry that has its sources, and the folders of them. */
interface ForeignPackage {
  readonly package: string
  readonly folders: readonly string[]
}

/** What a list of packages is for, and its verdicts by the ids of findings. */
interface ForeignList {
  readonly packages: readonly ForeignPackage[]
  readonly verdicts: Readonly<Record<string, Judgement>>
  readonly config: Linter.Config[]
}

const RECOMMENDED = plugin.configs.recommended as Linter.Config[]

/** The rules that go by names alone: warnings of the config `rekey`. */
const BY_NAME: Linter.Config[] = [
  {
    plugins: { '@rekey': plugin as unknown as ESLint.Plugin },
    rules: {
      '@rekey/no-secret-name-in-output': 'warn',
      '@rekey/no-timing-unsafe-name-compare': 'warn',
    },
  },
]

/**
 * The rules are changed for what the first list shows; the second has packages that no rule was changed for, and shows what that is worth.
 * The third is both, for the rules by names.
 */
export const FOREIGN_LISTS = {
  tuned: listOf(RECOMMENDED, 'verdicts.json', 'packages.json'),
  heldOut: listOf(RECOMMENDED, 'held-out-verdicts.json', 'held-out.json'),
  names: listOf(BY_NAME, 'name-verdicts.json', 'packages.json', 'held-out.json'),
} satisfies Readonly<Record<string, ForeignList>>

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/rekey-foreign/', import.meta.url))
const CODE = new Set(['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx'])
/** Neither written by people nor run by those who install the package. */
const LEFT_OUT =
  /^(?:node_modules|dist|build|public|vendor|coverage|tests?|__tests__|spec|examples|fixtures)$|\.min\.|\.d\.[cm]?ts$|(?:^|\.)(?:tests?|spec|tst)\.[cm]?[jt]sx?$/
/** Longer lines on the average are of a file that a program has written. */
const MOST_CHARACTERS = 160

type Verdict = 'right' | 'arguable' | 'wrong'

/** What a person thinks of a finding, and why. */
export interface Judgement {
  readonly rule: string
  readonly place: string
  readonly verdict: Verdict
  readonly reason: string
}

/** Something that the linter reports in code that was not written for it. */
interface Finding {
  /** The same while the file, its line and what is before it of the same text are. */
  readonly id: string
  readonly rule: string
  readonly severity: 'error' | 'warning'
  /** `nodemailer:lib/mailer.js:12` */
  readonly place: string
  /** The line. */
  readonly text: string
}

function listOf(
  config: Linter.Config[],
  verdicts: string,
  ...packages: readonly string[]
): ForeignList {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
  return {
    config,
    packages: packages.flatMap((name) => read(name) as ForeignPackage[]),
    verdicts: read(verdicts) as Record<string, Judgement>,
  }
}

/**
 * The findings of the rules of a list, without types, in packages of other people, against the verdicts that are kept. Prints each
 * finding that has none, or is not right.
 *
 * @throws {Error} where a rule fails, or a package is not to be had
 */
export async function benchForeign(list: ForeignList): Promise<CellTable> {
  const findings: Finding[] = []
  const packages = effort(list.packages, [])
  let files = 0
  for (const each of packages) {
    for (const [path, text] of await readSources(each)) {
      files += 1
      findings.push(...findingsIn(each.package, { path, text, config: list.config }))
    }
  }
  for (const { id, rule, severity, place, text } of findings) {
    const { verdict = 'not judged', reason = '' } = list.verdicts[id] ?? {}
    if (verdict === 'right') continue
    process.stdout.write(`${id} ${severity} ${rule} ${place} ${verdict} ${reason}\n    ${text}\n`)
  }
  const rules = [...new Set(findings.map(({ rule }) => rule))].toSorted()
  return {
    title: `Findings in ${files} files of ${packages.length} packages of other people`,
    columns: ['severity', 'right', 'arguable', 'wrong', 'not judged', 'precision'],
    rows: rules.map((rule) => ({
      name: rule,
      cells: cellsOf(
        findings.filter((finding) => finding.rule === rule),
        list.verdicts,
      ),
    })),
    note: 'precision: right of right and wrong; arguable findings count for neither',
  }
}

function cellsOf(
  findings: readonly Finding[],
  verdicts: Readonly<Record<string, Judgement>>,
): string[] {
  const of = (verdict: Verdict | undefined) =>
    findings.filter(({ id }) => verdicts[id]?.verdict === verdict).length
  const [right, wrong] = [of('right'), of('wrong')]
  const precision = right + wrong === 0 ? '—' : (right / (right + wrong)).toFixed(2)
  const counts = [right, of('arguable'), wrong, of(undefined)].map(String)
  return [findings[0]?.severity ?? '', ...counts, precision]
}

/** The sources of a package, by their paths; it is fetched where it is not kept yet. */
async function readSources({
  package: named,
  folders,
}: ForeignPackage): Promise<[path: string, text: string][]> {
  const root = await fetchPackage(named)
  const listed = folders.map(async (folder) => {
    const paths = await readdir(join(root, folder), { recursive: true })
    return paths
      .filter((path) => CODE.has(extname(path)) && !path.split('/').some(isLeftOut))
      .map((path) => join(folder, path))
  })
  const paths = (await Promise.all(listed)).flat()
  const sources = paths
    .toSorted()
    .map(async (path): Promise<[string, string]> => [
      path,
      await readFile(join(root, path), 'utf8'),
    ])
  return (await Promise.all(sources)).filter(
    ([, text]) => text.length / text.split('\n').length <= MOST_CHARACTERS,
  )
}

const isLeftOut = (part: string) => LEFT_OUT.test(part)

/** A package as the registry has it, in a folder; no script of it runs. */
async function fetchPackage(named: string): Promise<string> {
  const root = join(CACHE, named.replaceAll('/', '+'))
  if (existsSync(root)) return root
  const draft = `${root}.${String(process.pid)}`
  await mkdir(draft, { recursive: true })
  const pack = ['pack', named, '--ignore-scripts', '--silent', '--pack-destination', draft]
  const tarball = (await succeed('npm', pack, draft)).trim()
  await succeed('tar', ['-xzf', basename(tarball), '--strip-components=1'], draft)
  await rename(draft, root)
  return root
}

const linter = new Linter({ cwd: '/' })

/** A file, and the rules for it. */
interface Given {
  readonly path: string
  readonly text: string
  readonly config: Linter.Config[]
}

function findingsIn(named: string, given: Given): Finding[] {
  const { path, text } = given
  const lines = text.split('\n')
  const seen = new Map<string, number>()
  return lint(given).flatMap(({ ruleId, messageId, message, severity, line }) => {
    if (messageId === 'ruleFailed') throw new Error(`${named}:${path}: ${message}`)
    if (message.startsWith('No matching configuration'))
      throw new Error(`${named}:${path}: ${message}`)
    if (ruleId === null) return []
    const shown = (lines[line - 1] ?? '').trim()
    const key = [named.replace(/@[^@]*$/, ''), path, ruleId, shown].join('\n')
    const nth = (seen.get(key) ?? 0) + 1
    seen.set(key, nth)
    const digest = createHash('sha256').update(`${key}\n${nth}`).digest('hex')
    return {
      ...{ id: digest.slice(0, 12), rule: ruleId.replace('@rekey/', '') },
      severity: severity === 2 ? ('error' as const) : ('warning' as const),
      ...{ place: `${named}:${path}:${line}`, text: shown.slice(0, 160) },
    }
  })
}

/** A file is a module or, where it is none, a script. */
function lint({ path, text, config }: Given): Linter.LintMessage[] {
  const as = (sourceType: 'module' | 'commonjs') =>
    linter.verify(
      text,
      [
        {
          // `**/*` alone gives no configuration to a file that ESLint does not lint by itself, as of TypeScript.
          files: ['**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}'],
          linterOptions: { reportUnusedDisableDirectives: 'off', noInlineConfig: true },
          languageOptions: {
            sourceType,
            parser: tseslint.parser,
            parserOptions: { ecmaFeatures: { jsx: !/\.[cm]?ts$/.test(path) } },
          },
        },
        ...config,
      ],
      { filename: `/${path}` },
    )
  const found = as('module')
  return found.some(({ fatal }) => fatal) ? as('commonjs') : found
}
