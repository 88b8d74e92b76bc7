import type { SourceSurvey, SurveySource } from '@rekey/rekey/internal/command'
import { Linter } from 'eslint'
import { Minimatch } from 'minimatch'
import { TEST_FILES } from '../configs.ts'
import { createRule } from '../create-rule.ts'
import { scriptOf } from '../gate/sources/script-blocks.ts'
import { verifyScript } from '../gate/sources/verify-script.ts'
import { visit, visited } from '../engine/visits.ts'
import { declaredVariables } from './declared-variables.ts'
import { environmentUses, linesOfWhole, readVariables } from './read-variables.ts'
import type { Node, SourceCode } from '../engine/syntax/nodes.ts'
import { constantValue } from '../engine/syntax/constants.ts'
import { ancestorsOf, isFunction } from '../engine/syntax/syntax.ts'

const NAME = 'survey'
const TESTS = TEST_FILES.map((pattern) => new Minimatch(pattern))

/**
 * Surveys one file of code by the graph of values that the rules search: which variables of the environment it reads, whether it goes on
 * without them, and which functions take them.
 *
 * @returns undefined for a file that cannot be parsed
 * @example
 * ```ts
 * surveySource('new Pool({ password: process.env.PGPASSWORD })', 'db.js')?.variables[0]?.name // 'PGPASSWORD'
 * ```
 */
export const surveySource: SurveySource = (text, file) => {
  const script = scriptOf(file, text)
  const otherEnd = /\.(?:tsx|vue)$/.test(file) ? 'tsx' : 'js'
  // The parser reads types by the ending.
  const filename = `/source.${script.hasCasts ? 'ts' : otherEnd}`
  const isTest = TESTS.some((test) => test.match(file))
  let survey: SourceSurvey | undefined
  const rule = createRule({
    name: NAME,
    meta: {
      type: 'problem',
      docs: { description: 'Survey a file', cwe: 'CWE-526' },
      messages: {},
      schema: [],
    },
    create: (context) =>
      visit(context, {}, () => {
        const source = context.sourceCode
        const declared = declaredVariables(source)
        const wholeAt = declared.length > 0 ? [] : linesOfWhole(source)
        const variables = [...readVariables(source), ...declared]
        survey = { isTest, variables, wholeAt, ...entryOf(source) }
      }),
  })
  const linter = new Linter({ cwd: '/' })
  verifyScript(script, (code, languageOptions) =>
    linter.verify(
      code,
      {
        files: ['**/*.*'],
        languageOptions,
        plugins: { own: { rules: { [NAME]: rule as never } } },
        rules: { [`own/${NAME}`]: 'error' },
      },
      { filename, allowInlineConfig: false },
    ),
  )
  return survey
}

type Syntax = Omit<SourceSurvey, 'isTest' | 'variables' | 'wholeAt'>

/** Where one line can be put into a file, so that it runs before the rest and behind what fills the environment. */
function entryOf(source: SourceCode): Syntax {
  const { body } = source.ast
  const isModule = body.some(({ type }) => /^(?:Import|Export)\w*Declaration$/.test(type))
  const last = lastLoader(source)
  const first = body.find((statement) => !isDirective(statement))
  const [at, isAfter] =
    last === undefined ? [first?.range[0] ?? source.text.length, false] : [last.range[1], true]
  const specifiers = body.flatMap((node) =>
    node.type === 'ImportDeclaration' && node.source.value.startsWith('.')
      ? [node.source.value]
      : [],
  )
  const quote = /['"](?=[^'"\n]*['"])/.exec(source.text)?.[0] === '"' ? '"' : "'"
  const hasSemicolons = /;[ \t]*$/m.test(source.text)
  return {
    entry: {
      ...{ isModule, at, isAfter, specifiers, quote, hasSemicolons },
      ...(last !== undefined && { isImport: last.type === 'ImportDeclaration' }),
    },
    ...listIn(source),
  }
}

/** The list that a file exports: an array, or what `defineConfig` and its like are called with. */
function listIn(source: SourceCode): Pick<Syntax, 'list'> {
  const { body } = source.ast
  const exported = body.flatMap((statement): Node[] => {
    if (statement.type === 'ExportDefaultDeclaration') return [statement.declaration]
    if (statement.type !== 'ExpressionStatement') return []
    const { expression } = statement
    const isExport =
      expression.type === 'AssignmentExpression' &&
      source.getText(expression.left) === 'module.exports'
    return isExport ? [expression.right] : []
  })
  const [value] = exported.map((node) => constantValue(node, source))
  const array = value?.type === 'CallExpression' ? value.arguments[0] : value
  const elements =
    array?.type === 'ArrayExpression'
      ? array.elements
      : value?.type === 'CallExpression'
        ? value.arguments
        : undefined
  const holder = array?.type === 'ArrayExpression' ? array : value
  if (elements === undefined || holder === undefined) return {}
  const end = elements.findLast((element) => element !== null)
  const at = end?.range[1] ?? holder.range[1] - 1
  return { list: { start: body[0]?.range[0] ?? 0, at, isEmpty: end === undefined } }
}

const isDirective = (node: Node) =>
  node.type === 'ExpressionStatement' && 'directive' in node && node.directive !== undefined

/** Calls that load variables from a file, by the text of what is called. */
const LOADS = /(?:dotenv\w*|require\(['"]dotenv\w*['"]\))\.config$|loadEnvFile$|loadEnvConfig$/i

/** The last statement at the top that loads variables from a file: `dotenv.config()`, `import 'dotenv/config'`. */
function lastLoader(source: SourceCode): Node | undefined {
  const loaders = environmentUses(source).flatMap(({ kind, node }) =>
    kind === 'loader' ? [node] : [],
  )
  const calls = visited(source, 'CallExpression').filter(({ callee }) =>
    LOADS.test(source.getText(callee).slice(-MOST_CALLED)),
  )
  const holders = new Set([...loaders, ...calls].map(statementAtTop))
  return source.ast.body.findLast((statement) => holders.has(statement) && canLoad(statement))
}

/** More than the longest of those calls. */
const MOST_CALLED = 60

/** An import of names loads nothing yet. */
function canLoad(statement: Node): boolean {
  if (statement.type === 'ImportDeclaration') return statement.specifiers.length === 0
  return /^(?:ExpressionStatement|VariableDeclaration|IfStatement)$/.test(statement.type)
}

/** Undefined for what is in a function, which runs later. */
function statementAtTop(node: Node): Node | undefined {
  let at = node
  for (const around of ancestorsOf(node)) {
    if (around.type === 'Program') return at
    if (isFunction(around)) return undefined
    at = around
  }
  return at
}
