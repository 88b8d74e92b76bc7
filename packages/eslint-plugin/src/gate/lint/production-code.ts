import { lstat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import * as parser from '@typescript-eslint/parser'
import { CODE, readWorkFile } from '../work-tree.ts'

/** A file that production code imports, and the one that does. */
export interface ReachedFile {
  readonly file: string
  readonly from: string
}

/** A text that may be the path of a neighbour. */
const RELATIVE = /(['"`])(\.{1,2}\/[^'"`\s]{1,300})\1/g

/** The endings that Node, TypeScript and bundlers add to a path in code. */
const ENDINGS: readonly string[] = [
  '',
  ...['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs'].flatMap((extension) => [
    `.${extension}`,
    `/index.${extension}`,
  ]),
]
const COMPILED = /\.([cm]?)js(x?)$/

/**
 * Finds the code of the work tree at `root` that `files` reach by relative paths, over any number of files, and that is not among
 * them: whatever its name, it runs in production.
 */
export async function findReached(
  root: string,
  files: readonly string[],
): Promise<readonly ReachedFile[]> {
  const known = new Set(files)
  const queue = [...files]
  const reached: ReachedFile[] = []
  for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
    const text = (await readWorkFile(root, from)) ?? ''
    for (const file of await targetsIn(root, { from, text, known })) {
      known.add(file)
      queue.push(file)
      reached.push({ file, from })
    }
  }
  return reached
}

interface Source {
  readonly from: string
  readonly text: string
  readonly known: ReadonlySet<string>
}

async function targetsIn(root: string, { from, text, known }: Source): Promise<string[]> {
  const paths = new Set([...text.matchAll(RELATIVE)].map(([, , path = '']) => path))
  const targets: string[] = []
  let written: ReadonlySet<string> | undefined
  for (const path of paths) {
    const file = await resolveIn(root, posix.join(posix.dirname(from), path))
    if (file === undefined || known.has(file) || targets.includes(file)) continue
    // Most paths lead to what is known: only the others are worth a parser, which knows comments from code.
    written ??= textsOf(text, from)
    if (written.has(path)) targets.push(file)
  }
  return targets
}

async function resolveIn(root: string, path: string): Promise<string | undefined> {
  if (path.startsWith('..') || path.split('/').includes('node_modules')) return undefined
  const stems = [path, path.replace(COMPILED, '.$1ts$2')]
  for (const file of stems.flatMap((stem) => ENDINGS.map((ending) => stem + ending))) {
    if (!CODE.test(file)) continue
    const found = await lstat(join(root, file)).catch(() => undefined)
    if (found?.isFile() === true) return file
  }
  return undefined
}

function textsOf(text: string, file: string): ReadonlySet<string> {
  try {
    const { tokens } = parser.parse(text, {
      tokens: true,
      ecmaFeatures: { jsx: file.endsWith('x') },
    })
    return new Set(tokens.map(({ value }) => value.slice(1, -1)))
  } catch {
    return new Set()
  }
}
