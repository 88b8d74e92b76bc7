import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as parser from '@typescript-eslint/parser'
import { RuleTester, type RunTests } from '@typescript-eslint/rule-tester'
import { TSESLint } from '@typescript-eslint/utils'
import { afterAll, describe, it } from 'vitest'
import plugin from './index.ts'

RuleTester.afterAll = afterAll
RuleTester.describe = describe
RuleTester.it = it

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))
const typedOptions = { projectService: true, tsconfigRootDir: fixtures }

const testers = {
  untyped: new RuleTester(),
  typed: new RuleTester({ languageOptions: { parserOptions: typedOptions } }),
}

/** Whether the parser gives types. */
export type Mode = keyof typeof testers

/** Runs the cases of a rule without types, and again with them. */
export function runCases<Ids extends string, Options extends readonly unknown[]>(
  name: string,
  rule: TSESLint.RuleModule<Ids, Options>,
  casesFor: (mode: Mode) => RunTests<Ids, Options>,
): void {
  for (const mode of ['untyped', 'typed'] as const) {
    // The tester brings its own copy of the AST's classes, which TypeScript takes for different ones.
    testers[mode].run(`${name} (${mode})`, rule as never, casesFor(mode))
  }
}

/** A piece of code from a file of them, where each begins with `//# [tags] title`. */
export interface Snippet {
  readonly title: string
  readonly tags: ReadonlySet<string>
  readonly code: string
}

/** The snippets of `fixtures/NAME`. */
export function readSnippets(name: string): Snippet[] {
  return readFileSync(`${fixtures}${name}`, 'utf8')
    .split(/^\/\/# /m)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [head = '', ...lines] = part.split('\n')
      const [, tags = '', title = ''] = /^(?:\[(.*)\] )?(.*)$/.exec(head) ?? []
      return { title, tags: new Set(tags.split(' ')), code: lines.join('\n') }
    })
}

/** The message ids that `rule` reports in `code`. */
export function lint(
  code: string,
  rule: string,
  isTyped: boolean,
  options: readonly unknown[] = [],
): string[] {
  return verify(code, rule, isTyped, options).map(({ messageId, message }) => messageId ?? message)
}

/** The messages that `rule` reports in `code`, without types. */
export function messages(code: string, rule: string): string[] {
  return verify(code, rule, false, []).map(({ message }) => message)
}

function verify(code: string, rule: string, isTyped: boolean, options: readonly unknown[]) {
  const config: TSESLint.FlatConfig.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser, ...(isTyped ? { parserOptions: typedOptions } : {}) },
    plugins: { '@rekey': plugin },
    rules: { [`@rekey/${rule}`]: ['error', ...options] },
  }
  const linter = new TSESLint.Linter({ configType: 'flat', cwd: fixtures })
  return linter.verify(code, config, { filename: `${fixtures}file.ts` })
}
