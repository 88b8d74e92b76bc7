import { posix } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { jsonIn } from '@rekey/secret'
import { z } from 'zod'
import {
  definitionText,
  instrumentationText,
  MODULES,
  packagesOf,
  wiringText,
} from './definition-texts.ts'
import type { Entries } from './find-entries.ts'
import { extendLeakConfig, LEAK_CONFIG, LEAK_EXCEPTIONS, leakConfigText } from './leak-config.ts'
import { extendLintConfig, LINT_LINES, lintConfigText } from './lint-config.ts'
import { addPackages } from './manifest.ts'
import type { AdoptedSecret, SortedVariables } from './name-secrets.ts'
import type { SurveySource } from './source-survey.ts'
import type { Survey } from './survey.ts'
import { type ModuleStyle, styleOf, wireEntry } from './wire-entry.ts'

/** A file that adoption makes. */
export interface PlannedFile {
  /** Relative to the top of the repository. */
  readonly path: string
  readonly text: string
  /** Other names of a file of this purpose: one that is there is meant in place of `path`. */
  readonly otherNames?: readonly string[]
  /** Extends the text of a file that is there; undefined where that is not safe. */
  readonly extend?: (before: string) => string | undefined
  /** The lines to bring into a file that is not extended. Default: the whole text. */
  readonly lines?: string
}

/** How a repository is adopted: nothing has been written yet. */
export interface Adoption extends SortedVariables {
  readonly service: string
  /** How many files were not read, because they or their number are too large. */
  readonly unread: number
  /** The files of code that get a line. */
  readonly entries: readonly string[]
  /** The family comes last: with it, a repository counts as adopted. */
  readonly files: readonly PlannedFile[]
  /** Steps for a person, beside the installation. */
  readonly remarks: readonly string[]
}

/** The inputs of a plan. */
export interface AdoptionInput {
  readonly survey: Survey
  readonly service: string
  readonly sorted: SortedVariables
  readonly entries: Entries
  readonly surveySource: SurveySource
  /** The version of these packages. */
  readonly version: string
  /** The version of zod that is installed; undefined without one. */
  readonly zodVersion: string | undefined
  /** The text of `.gitignore`; empty without one. */
  readonly ignored: string
  /** Whether gitleaks is configured. */
  readonly hasLeakConfig: boolean
}

/** Plans how a repository with one service is adopted. */
export function planAdoption(input: AdoptionInput): Adoption {
  const { survey, service, sorted, entries, ignored } = input
  const style = styleFor(input)
  const zod = zodOf(input)
  const envFiles = survey.loadsEnvFiles || entries.nextFolder !== undefined ? survey.envFiles : []
  const adopted = { ...sorted, service, style, zod: zod.module, envFiles: atTop(envFiles) }
  const at = (name: string) => posix.join(style.folder, `${name}${style.extension}`)
  const lint = lintFile(input)
  const wired = entries.files.map((path) =>
    entryFile(path, { module: at(MODULES.wiring), specifierEnd: style.specifierEnd, survey }),
  )
  return {
    ...{ ...sorted, service, entries: entries.files, unread: survey.unread },
    remarks: [...remarksOn(input), ...zod.remarks],
    files: [
      { path: at(MODULES.definition), text: definitionText(adopted) },
      { path: at(MODULES.wiring), text: wiringText(adopted) },
      ...(entries.nextFolder === undefined ? [] : [hookFile(style)]),
      ...wired,
      manifestFile(input, lint !== undefined, zod.range),
      ...(lint === undefined ? [] : [lint]),
      gateFile(input),
      { path: LEAK_CONFIG, text: leakConfigText(), extend: extendLeakConfig },
      { path: '.gitignore', text: ignoredText(survey, entries), extend: ignoreEnv },
      { path: 'family.json', text: familyText(service, sorted.secrets, at(MODULES.definition)) },
    ].filter(({ path, extend }) => path !== '.gitignore' || extend?.(ignored) !== ignored),
  }
}

/** The style of the first entry; without one, that of the package. */
function styleFor({ survey, entries }: AdoptionInput): ModuleStyle {
  const [path] = entries.files
  const entry = path === undefined ? undefined : survey.code.get(path)
  if (path !== undefined && entry !== undefined) return styleOf(path, entry, survey.manifest)
  const { isTypeScript, manifest } = survey
  const isModule = isTypeScript || manifest.isModule || entries.nextFolder !== undefined
  const near = { isModule, at: 0, isAfter: false, quote: "'", hasSemicolons: false }
  const folder = entries.nextFolder ?? '.'
  const name = posix.join(folder, `entry.${isTypeScript ? 'ts' : 'js'}`)
  const isBundled = entries.nextFolder !== undefined
  return styleOf(name, { ...near, specifiers: isBundled ? ['./x'] : [] }, manifest)
}

/** `.env` files of the top alone: those of other folders belong to other programs. */
function atTop(files: readonly string[]): string[] {
  return files
    .filter((file) => !file.includes('/') && /^\.env(?:\.local)?$/.test(file))
    .toReversed()
}

function hookFile(style: ModuleStyle): PlannedFile {
  const path = posix.join(style.folder, `instrumentation${style.extension}`)
  const lines = instrumentationText(style)
  const extend = (before: string) => (before.includes(`/${MODULES.wiring}`) ? before : undefined)
  return { path, text: lines, lines, extend }
}

interface Wiring {
  readonly module: string
  readonly specifierEnd: string
  readonly survey: Survey
}

function entryFile(path: string, { module, specifierEnd, survey }: Wiring): PlannedFile {
  const entry = survey.code.get(path)
  const style = entry && { ...styleOf(path, entry, survey.manifest), specifierEnd }
  const extend = (before: string) => style && wireEntry(before, { path, entry, module, style })
  return { path, text: '', extend }
}

function manifestFile(
  { survey, sorted, version }: AdoptionInput,
  isLinted: boolean,
  zodRange: string,
): PlannedFile {
  const range = `^${version}`
  const own = ['@rekey/config-loader', '@rekey/log-redactor', ...packagesOf(sorted.secrets)]
  const dependencies = new Map([...own.map((name) => [name, range] as const), ['zod', zodRange]])
  const devDependencies = new Map([
    ...['@rekey/rekey', '@rekey/eslint-plugin'].map((name) => [name, range] as const),
    ...(isLinted ? [['eslint', ESLINT] as const] : []),
    ...(isLinted && survey.isTypeScript ? [['typescript-eslint', TSESLINT] as const] : []),
  ])
  const sections = { dependencies, devDependencies }
  const text = addPackages('{\n  "private": true\n}\n', sections)
  return { path: 'package.json', text, extend: (before) => addPackages(before, sections) }
}

const ESLINT = '^9.39.0 || ^10.0.0'
const TSESLINT = '^8.73.0'
const ZOD = '^4.0.0'

const CONFIGS = ['js', 'cjs', 'ts', 'mts', 'cts'].map((end) => `eslint.config.${end}`)

/** ESLint 8 has no such configuration, and its own would no longer be read. */
function lintFile({ survey, surveySource, ignored }: AdoptionInput): PlannedFile | undefined {
  if (usesOldLinter(survey)) return undefined
  return {
    path: 'eslint.config.mjs',
    text: lintConfigText(survey, ignored),
    lines: LINT_LINES,
    otherNames: CONFIGS,
    extend: (before) => extendLintConfig(before, surveySource(before, 'eslint.config.ts')),
  }
}

function usesOldLinter({ manifest }: Survey): boolean {
  const [, major = ''] = /(\d+)/.exec(manifest.ranges.get('eslint') ?? '') ?? []
  return major !== '' && Number(major) < 9
}

/** The module of zod 4, which its releases 3.25 have as `zod/v4`. */
function zodOf({ survey, zodVersion }: AdoptionInput) {
  const range = survey.manifest.ranges.get('zod')
  if (range === undefined) return { module: 'zod', range: ZOD, remarks: [] }
  const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(zodVersion ?? range)?.map(Number) ?? []
  if (major >= 4) return { module: 'zod', range, remarks: [] }
  const isNew = major === 3 && minor >= 25
  const remarks = isNew ? [] : ['npm install zod@^3.25.76, whose zod/v4 the definition needs']
  return { module: 'zod/v4', range, remarks }
}

function remarksOn({ survey, sorted, entries }: AdoptionInput): string[] {
  const { unparsed } = survey
  const hasEntry = entries.files.length > 0 || entries.nextFolder !== undefined
  return [
    ...(unparsed.length === 0
      ? []
      : [
          `not read, since they cannot be parsed: ${unparsed.slice(0, 5).join(', ')}${unparsed.length > 5 ? ` and ${unparsed.length - 5} more` : ''}`,
        ]),
    ...wholeRemark(survey.wholeAt),
    ...(hasEntry
      ? []
      : [`no file was found that starts the application: load ${MODULES.wiring} first in it`]),
    ...(usesOldLinter(survey)
      ? ['ESLint 8 cannot load the rules: lint with npx rekey-gate lint until you upgrade it']
      : []),
    ...(sorted.secrets.some(({ kind }) => kind === 'database')
      ? ['have the database login rotated: npx rekey db adopt ROLE']
      : []),
  ]
}

const MOST_PLACES = 3

function wholeRemark(places: readonly string[]): string[] {
  if (places.length === 0) return []
  const more = places.length > MOST_PLACES ? ` and ${places.length - MOST_PLACES} more places` : ''
  const shown = places.slice(0, MOST_PLACES).join(', ')
  return [`look for variables where the whole environment is passed on: ${shown}${more}`]
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

const gateSchema = z.looseObject({
  lint: z.array(z.unknown()).optional(),
  exceptions: z.record(z.string(), z.unknown()).optional(),
})

/** Has all code linted, as it is without a list, and the exceptions of a new configuration of gitleaks tried. */
function gateFile({ hasLeakConfig }: Pick<AdoptionInput, 'hasLeakConfig'>): PlannedFile {
  const [lint, wanted] = [['.'], hasLeakConfig ? {} : { exceptions: LEAK_EXCEPTIONS }]
  const extend = (before: string) => {
    const gate = gateSchema.safeParse(jsonIn(before))
    if (!gate.success) return undefined
    const { lint: linted = lint, exceptions } = gate.data
    const after = {
      ...gate.data,
      ...(!linted.includes('.') && { lint }),
      ...(wanted.exceptions && { exceptions: { ...wanted.exceptions, ...exceptions } }),
    }
    return isDeepStrictEqual(after, gate.data) ? before : jsonText(after)
  }
  return { path: 'gate.json', text: jsonText({ lint, ...wanted }), extend }
}

/** Without a file of its own, nothing that is installed or built belongs to the code either, unless the application starts there. */
function ignoredText({ isTypeScript }: Survey, { files }: Entries): string {
  const isBuilt = isTypeScript && !files.some((path) => path.startsWith('dist/'))
  return `node_modules/\n${isBuilt ? 'dist/\n' : ''}.env\n`
}

/** Has git ignore `.env`, where no line of the file does. */
function ignoreEnv(before: string): string {
  if (/^(?:\/|\*\*\/)?(?:\*?\.env\*?|\.env(?:\.\*|\*)?|\*\.env)\/?\s*$/m.test(before)) return before
  return `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}.env\n`
}

function familyText(
  service: string,
  secrets: readonly AdoptedSecret[],
  definition: string,
): string {
  const integrations = secrets.filter(({ kind }) => kind === 'integration')
  const has = (kind: AdoptedSecret['kind']) => secrets.some((one) => one.kind === kind)
  return jsonText({
    $schema: './node_modules/@rekey/rekey/family.schema.json',
    services: [service],
    definitions: { [service]: definition },
    ...(integrations.length > 0 && {
      secrets: { integration: integrations.map(({ parties }) => parties.join(':')) },
    }),
    ...(has('database') && { databases: [{ service }] }),
    ...(has('oidc-client') && { clients: [{ service, clientId: service }] }),
  })
}
