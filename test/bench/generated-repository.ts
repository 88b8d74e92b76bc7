import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { effort } from './bench-table.ts'

/** The texts of `lint-speed/`: code about an order; what stands below the mark is about its address. */
const TEMPLATES = new URL('lint-speed/', import.meta.url)
const MARK = '// for each aspect\n'
const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

const FILES = 'model errors repository domain routes cache jobs text'.split(' ')
/** What else there is of a thing: files that take values out of Secrets, or files much like them without one. */
const WITH_SECRETS = ['client', 'tokens']
const WITHOUT_SECRETS = ['client-keyless', 'receipts']
const SHARED = {
  'main.ts': 'main',
  'shared/log.ts': 'shared-log',
  'shared/tracing.ts': 'shared-tracing',
}

const THINGS = (
  'order invoice payment shipment customer product basket refund coupon supplier warehouse carrier parcel complaint ' +
  'review rating question answer ticket message campaign segment audience banner article category brand price ' +
  'discount tax currency country region store employee shift contract budget report forecast'
)
  .split(' ')
  .slice(0, effort(40, 2))
const ASPECTS = 'address schedule origin history remark'.split(' ')

const COMPILER_OPTIONS = {
  target: 'ES2023',
  lib: ['ES2023', 'DOM'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  noUncheckedIndexedAccess: true,
}

/** What was generated. */
export interface GeneratedRepository {
  readonly files: number
  /** How many of them take values out of Secrets. */
  readonly exposing: number
  readonly functions: number
}

/**
 * Writes a repository of about 400 TypeScript files with 12,000 functions into `folder`: forty things with five aspects
 * each, in routes, domain functions, database access, clients, tokens, caches and jobs that import each other. It
 * logs, throws, answers requests and signs, as services do, and there is no secret in it. Of the forty, the first
 * `thingsWithSecrets` have clients and tokens with keys of their own.
 */
export async function generateRepository(
  folder: string,
  thingsWithSecrets: number,
): Promise<GeneratedRepository> {
  const templates = new Map<string, string>()
  for (const name of [...FILES, ...WITH_SECRETS, ...WITHOUT_SECRETS, ...Object.values(SHARED)]) {
    templates.set(name, await readFile(new URL(`${name}.txt`, TEMPLATES), 'utf8'))
  }
  const texts = new Map<string, string>()
  for (const [file, name] of Object.entries(SHARED)) texts.set(file, templates.get(name) ?? '')
  for (const [index, thing] of THINGS.entries()) {
    const others = index < thingsWithSecrets ? WITH_SECRETS : WITHOUT_SECRETS
    for (const name of [...FILES, ...others]) {
      texts.set(`${thing}/${name}.ts`, instantiate(templates.get(name) ?? '', thing))
    }
  }
  texts.set('package.json', JSON.stringify({ type: 'module' }))
  texts.set('tsconfig.json', JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['.'] }))
  for (const [file, text] of texts) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  await symlink(NODE_MODULES, join(folder, 'node_modules'))
  const counts = [...texts]
    .filter(([file]) => file.endsWith('.ts'))
    .map(([file, text]) => countFunctions(file, text))
  return {
    files: counts.length,
    exposing: [...texts.values()].filter((text) => text.includes('.expose()')).length,
    functions: counts.reduce((sum, count) => sum + count, 0),
  }
}

function instantiate(template: string, thing: string): string {
  const [head = '', repeated = ''] = template.split(MARK)
  const each = ASPECTS.map((aspect) => rename(repeated, 'address', aspect))
  return rename([head, ...each].join('\n'), 'order', thing)
}

function rename(text: string, from: string, to: string): string {
  return text
    .replaceAll(from, to)
    .replaceAll(capitalized(from), capitalized(to))
    .replaceAll(from.toUpperCase(), to.toUpperCase())
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

function countFunctions(file: string, text: string): number {
  const count = (node: ts.Node): number => {
    let found = ts.isFunctionLike(node) && 'body' in node && node.body !== undefined ? 1 : 0
    ts.forEachChild(node, (child) => void (found += count(child)))
    return found
  }
  return count(ts.createSourceFile(file, text, ts.ScriptTarget.ES2023))
}
