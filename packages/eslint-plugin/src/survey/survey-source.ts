import * as parser from '@typescript-eslint/parser'
import type { SourceSurvey, SurveySource } from '@rekey/rekey/internal/command'
import { Linter } from 'eslint'
import { Minimatch } from 'minimatch'
import { TEST_FILES } from '../configs.ts'
import { createRule } from '../create-rule.ts'
import { type Script, scriptOf } from '../gate/sources/script-blocks.ts'
import { visit } from '../engine/visits.ts'
import { declaredVariables } from './declared-variables.ts'
import { entryOf } from './entry.ts'
import { linesOfWhole, readVariables } from './read-variables.ts'

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
  const filename = `/source.${script.hasCasts ? 'ts' : otherEnd}`
  const source = { ...script, filename, isTest: TESTS.some((test) => test.match(file)) }
  return (
    surveyAs('module', source, parser) ??
    surveyAs('commonjs', source, parser) ??
    // Sloppy scripts, `0755` among them, are none to a parser of types.
    surveyAs('commonjs', source)
  )
}

interface NamedScript extends Script {
  /** The parser reads types by its ending. */
  readonly filename: string
  readonly isTest: boolean
}

function surveyAs(
  sourceType: 'module' | 'commonjs',
  { text, hasCasts, filename, isTest }: NamedScript,
  typed?: typeof parser,
): SourceSurvey | undefined {
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
  new Linter({ cwd: '/' }).verify(
    text,
    {
      files: ['**/*.*'],
      languageOptions: {
        sourceType,
        ...(typed && { parser: typed }),
        parserOptions: {
          ecmaFeatures: { jsx: !hasCasts },
          warnOnUnsupportedTypeScriptVersion: false,
        },
      },
      plugins: { own: { rules: { [NAME]: rule as never } } },
      rules: { [`own/${NAME}`]: 'error' },
    },
    { filename, allowInlineConfig: false },
  )
  return survey
}
