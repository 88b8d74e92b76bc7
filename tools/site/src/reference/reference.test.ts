// @lane servers
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findUndocumented } from './check-docs.ts'
import { commandPage } from './command-page.ts'
import { type ReadProject, readProject } from './read-project.ts'
import { writeReference } from './write-reference.ts'

const SOURCE = `
/** Options of {@link openTill}. */
export interface TillOptions {
  /** How long it waits. Default 1,000. */
  readonly waitMs?: number
  readonly currency: string
}

interface Hidden {
  /** The name. */
  readonly name: string
}

/**
 * Opens a till.
 *
 * @throws {TypeError} if it is open
 * @example
 * \`\`\`ts
 * openTill({ currency: 'EUR' }, hidden)
 * \`\`\`
 */
export function openTill(options: TillOptions, hidden: Hidden): number {
  return options.waitMs ?? hidden.name.length
}

export const OPEN = true
`

let root: string
let read: ReadProject

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-reference-'))
  const folder = join(root, 'packages/till')
  await mkdir(join(folder, 'src'), { recursive: true })
  const source = (path: string) => ({ '@rekey/source': path, types: path })
  const manifest = {
    name: '@rekey/till',
    description: 'Tills of a shop.',
    exports: { '.': source('./src/index.ts'), './node': source('./src/node.ts') },
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(folder, 'src/index.ts'), SOURCE)
  await writeFile(join(folder, 'src/node.ts'), '/** A drawer. */\nexport const DRAWER = 1\n')
  const tsconfig = join(root, 'tsconfig.json')
  const compilerOptions = { module: 'nodenext', target: 'es2023', types: [], strict: true }
  await writeFile(
    tsconfig,
    JSON.stringify({ compilerOptions, include: [join(root, 'packages/*/src/*.ts')] }),
  )
  read = await readProject(root, tsconfig)
}, 120_000)

afterAll(() => rm(root, { recursive: true }))

it('each entry, export and option without a docstring is found, and an option whose type is not exported', () => {
  expect(findUndocumented(read.project).toSorted()).toEqual([
    '@rekey/till OPEN: no docstring',
    '@rekey/till TillOptions.currency: no docstring',
    '@rekey/till openTill hidden: Hidden is not exported',
    '@rekey/till/node: begin the file with a docstring that ends in @module',
  ])
})

it('a page has the purpose of the entry, and each function with its options, errors and example', async () => {
  const pages = join(root, 'pages')
  await writeReference(read, pages)
  const names = await readdir(pages, { recursive: true })
  expect(names.toSorted()).toEqual(['README.md', 'till', 'till.md', 'till/node.md'])
  const page = await readFile(join(pages, 'till.md'), 'utf8')
  expect(page).toContain('# @rekey/till\n\nTills of a shop.\n\n## Functions\n\n### openTill()')
  expect(page).toContain('`TypeError` if it is open')
  expect(page).toContain("openTill({ currency: 'EUR' }, hidden)")
  expect(page).toContain('| `waitMs?` | `number` | How long it waits. Default 1,000. |')
  const index = await readFile(join(pages, 'README.md'), 'utf8')
  expect(index).toContain('| [@rekey/till](till.md) | Tills of a shop. |')
})

it('the page of the command line has a section a command, with its help', () => {
  const help = 'Usage: till [options]\n\nA till.\n\nUsage: till open all [options] <key>\n\nOpen.\n'
  expect(commandPage(help)).toBe(
    '# The command line\n\n```text\nUsage: till [options]\n\nA till.\n```\n\n\n' +
      '## till open all\n\n```text\nUsage: till open all [options] <key>\n\nOpen.\n```\n',
  )
})
