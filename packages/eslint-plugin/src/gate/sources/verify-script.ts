import * as parser from '@typescript-eslint/parser'
import type { Linter } from 'eslint'
import ts from 'typescript'
import type { Script } from './script-blocks.ts'

/**
 * Verifies the code of a file as a module or, where it is none, as a script.
 *
 * @param verify runs ESLint with the options of the language
 * @returns its messages; one with `fatal` for code that cannot be parsed, or is nested deeper than the stack can follow
 */
export function verifyScript(script: Script, verify: Verify): Linter.LintMessage[] {
  try {
    const found = verifyAsEither(script, verify)
    return found.map((message) => (message.message.endsWith(OVERFLOW) ? TOO_DEEP : message))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return [TOO_DEEP]
  }
}

type Verify = (text: string, languageOptions: Linter.LanguageOptions) => Linter.LintMessage[]

function verifyAsEither({ text, hasCasts }: Script, verify: Verify): Linter.LintMessage[] {
  const parserOptions = {
    ecmaFeatures: { jsx: !hasCasts },
    warnOnUnsupportedTypeScriptVersion: false,
  }
  const asScript = { sourceType: 'commonjs', parser, parserOptions } as const
  const found = verify(text, { ...asScript, sourceType: 'module' })
  if (!found.some(isUnread)) return found
  const foundInScript = verify(text, asScript)
  return foundInScript.some(isUnread) ? verify(withoutOctals(text), asScript) : foundInScript
}

/** How ESLint words it for the parser; in a rule it is thrown. */
const OVERFLOW = 'Maximum call stack size exceeded'

const TOO_DEEP: Linter.LintMessage = {
  ...{ ruleId: null, fatal: true, severity: 2, line: 1, column: 1 },
  message: 'Parsing error: The code is nested deeper than the stack can follow.',
}

/** The file could not be parsed; an `eslint-env` comment, as of ESLint 8, is fatal too and changes nothing. */
export function isUnread({ fatal, message }: Linter.LintMessage): boolean {
  return fatal === true && message.startsWith('Parsing error:')
}

/** Sloppy scripts may hold octal numbers and escapes, which the parser refuses, though TypeScript itself reads on behind them. */
function withoutOctals(text: string): string {
  const script = ts.createSourceFile('script.jsx', text, ts.ScriptTarget.Latest)
  const { parseDiagnostics } = script as unknown as { parseDiagnostics: readonly ts.Diagnostic[] }
  const characters = text.split('')
  for (const { code, start = 0 } of parseDiagnostics) {
    characters[start] = OCTALS.get(code) ?? characters[start] ?? ''
  }
  return characters.join('')
}

/** By the number of TypeScript's error, what its first character becomes, so that the parser accepts the text at the same length. */
const OCTALS = new Map([
  [1121, '1'], // 0755
  [1487, ' '], // '\07'
  [1488, ' '], // '\8'
  [1489, '1'], // 08
])
