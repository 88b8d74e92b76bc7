import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const CODE = /^(?:packages|services|tools)\/.*\.[cm]?[jt]sx?$/
/** Tests, what supports them, the servers that they start, and what they read. */
const OF_TESTS =
  /^tools\/(?:testbed|rotated-service)\/|\.test\.|\.d\.[cm]?ts$|\/(?:test|fixtures|corpus)\//

/** How much code the packages, services and tools are, without tests. */
export interface CodeSize {
  readonly files: number
  /** Lines with code, so neither comments nor blank ones. */
  readonly lines: number
  /** The lines of each function with a block, from the shortest to the longest. */
  readonly functions: readonly number[]
}

/** Lists the files of a repository at `root` that git holds or would add, by paths from its top. */
export function listFiles(root: string): string[] {
  const args = ['ls-files', '-co', '--exclude-standard', '-z']
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
}

/** Measures the code of the repository at `root`. */
export function measureCode(root: string): CodeSize {
  const paths = listFiles(root).filter((path) => CODE.test(path) && !OF_TESTS.test(path))
  const measured = paths.map((path) => measureFile(path, readFileSync(join(root, path), 'utf8')))
  return {
    files: paths.length,
    lines: measured.reduce((sum, { lines }) => sum + lines, 0),
    functions: measured.flatMap(({ functions }) => functions).toSorted((a, b) => a - b),
  }
}

/** Measures one file. */
export function measureFile(path: string, text: string): Omit<CodeSize, 'files'> {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const lines = new Set<number>()
  const functions: number[] = []
  const lineAt = (position: number) => source.getLineAndCharacterOfPosition(position).line
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return
    if (ts.isFunctionLike(node) && 'body' in node && node.body && ts.isBlock(node.body))
      functions.push(lineAt(node.end) - lineAt(node.getStart(source)) + 1)
    const children = node.getChildren(source)
    for (const child of children) visit(child)
    if (children.length > 0) return
    // A token; that of a template or of text between tags may have several lines.
    const first = lineAt(node.getStart(source))
    for (const [index, line] of node.getText(source).split('\n').entries())
      if (line.trim() !== '') lines.add(first + index)
  }
  visit(source)
  return { lines: lines.size, functions }
}
