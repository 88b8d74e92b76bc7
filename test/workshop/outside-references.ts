import { readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import ts from 'typescript'

/** What a file of a project reads, starts or imports beyond its project. */
export interface OutsideReference {
  readonly file: string
  /** A path from the top of the work tree; `*` stands for what is known at run time only. */
  readonly path: string
}

/** The work tree as it is examined. */
export interface WorkTree {
  readonly root: string
  /** Every file that git knows, from the top. */
  readonly files: readonly string[]
  /** The folder of each project, by its package name. */
  readonly folders: ReadonlyMap<string, string>
}

const TOP = '.'
const BUILDERS = new Set(['join', 'resolve'])

/**
 * Finds where the TypeScript files of a project leave its folder: `new URL('…', import.meta.url)`,
 * `join(import.meta.dirname, '…')`, imports of other packages of the workspace, and, where the project reaches the top of
 * the work tree, itself or by support of the tests, each text in a test that is the path of a file or folder from there.
 * A text is of another tree as the name of a property, which is written there, and in `join(directory, '…')`, unless the
 * name of the directory is a constant in capitals.
 */
export function outsideReferences(tree: WorkTree, folder: string): OutsideReference[] {
  const sources = tree.files
    .filter((file) => file.startsWith(`${folder}/`) && file.endsWith('.ts'))
    .filter((file) => !file.includes('/corpus/'))
  const found = sources.flatMap((file) => {
    const source = ts.createSourceFile(
      file,
      readFileSync(join(tree.root, file), 'utf8'),
      ts.ScriptTarget.ES2023,
      true,
    )
    return nodesOf(source).map((node) => ({ file, node }))
  })
  const direct = found.flatMap(({ file, node }) =>
    [...pathBeside(file, node), ...packageFolder(tree, node)].map((path) => ({ file, path })),
  )
  const reachesTop = direct.some(({ path }) => path === TOP || path.startsWith('test/'))
  const fromTop = reachesTop
    ? found
        .filter(({ file }) => file.includes('.test.') || file.startsWith('test/'))
        .flatMap(({ file, node }) => pathFromTop(tree, node).map((path) => ({ file, path })))
    : []
  return [...direct, ...fromTop].filter(
    ({ path }) => path !== TOP && path !== folder && !path.startsWith(`${folder}/`),
  )
}

/** The files that a reference stands for: of a project whose code is meant, all sources. */
export function filesBehind(tree: WorkTree, path: string): string[] {
  const folder = [...tree.folders.values()].find((each) => path.startsWith(`${each}/`))
  const isCode = folder !== undefined && path.endsWith('.ts')
  const whole = isCode ? `${folder}/src` : path
  const isBehind = matcherOf(whole)
  return tree.files.filter((file) => isBehind(file) && !file.includes('.test.'))
}

function nodesOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(...nodesOf(child)))
  return [node, ...children]
}

/** The text of a literal, with `*` for what a template takes in. */
function textOf(node: ts.Node | undefined): string | undefined {
  if (node === undefined) return undefined
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('*')
}

function pathBeside(file: string, node: ts.Node): string[] {
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return []
  const [first, ...others] = node.arguments ?? []
  const parts =
    ts.isNewExpression(node) && others[0]?.getText() === 'import.meta.url'
      ? [first]
      : BUILDERS.has(node.expression.getText()) && first?.getText() === 'import.meta.dirname'
        ? others
        : []
  if (parts.length === 0) return []
  const path = posix.join(dirname(file), ...parts.map((part) => textOf(part) ?? '*'))
  return [path.startsWith('*') ? TOP : path.replace(/\/$/, '')]
}

function packageFolder({ folders }: WorkTree, node: ts.Node): string[] {
  if (!ts.isStringLiteralLike(node) || !isImported(node)) return []
  const folder = folders.get(node.text.split('/', 2).join('/'))
  return folder === undefined ? [] : [`${folder}/src`]
}

function isImported({ parent }: ts.Node): boolean {
  if (ts.isCallExpression(parent)) return parent.expression.kind === ts.SyntaxKind.ImportKeyword
  return ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)
}

function pathFromTop({ files }: WorkTree, node: ts.Node): string[] {
  const text = textOf(node)?.replace(/\/$/, '') ?? ''
  if (!/^[\w.][\w.*/-]*$/.test(text) || isOfAnotherTree(node)) return []
  const isMeant = matcherOf(text)
  return files.some((file) => isMeant(file) && (text.includes('/') || file === text)) ? [text] : []
}

function isOfAnotherTree(node: ts.Node): boolean {
  const { parent } = node
  if (ts.isPropertyAssignment(parent)) return parent.name === node
  if (ts.isComputedPropertyName(parent)) return true
  if (!ts.isCallExpression(parent) || !BUILDERS.has(parent.expression.getText())) return false
  const [first] = parent.arguments
  return first !== undefined && ts.isIdentifier(first) && !/^[A-Z_]+$/.test(first.text)
}

/** Whether a path is `pattern` or lies under it; a `*` is part of a name. */
function matcherOf(pattern: string): (path: string) => boolean {
  const escaped = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, (sign) =>
    sign === '*' ? '[^/]*' : `\\${sign}`,
  )
  const whole = new RegExp(`^${escaped}(?:/|$)`)
  return (path) => whole.test(path)
}
