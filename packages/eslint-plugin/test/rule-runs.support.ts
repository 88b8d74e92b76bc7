import { fileURLToPath } from 'node:url'
import * as parser from '@typescript-eslint/parser'
import { RuleTester, type RunTests } from '@typescript-eslint/rule-tester'
import { TSESLint } from '@typescript-eslint/utils'
import type ts from 'typescript'
import { afterAll, describe, it } from 'vitest'
import plugin from '../src/index.ts'
import type { Mode } from './corpus.support.ts'

RuleTester.afterAll = afterAll
RuleTester.describe = describe
RuleTester.it = it

const corpus = fileURLToPath(new URL('corpus/', import.meta.url))
const typedOptions = { projectService: true, tsconfigRootDir: corpus }

const testers: Readonly<Record<Mode, RuleTester>> = {
  untyped: new RuleTester(),
  typed: new RuleTester({ languageOptions: { parserOptions: typedOptions } }),
}

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

/** The message ids that `rule` reports in `code`. */
export function lint(
  code: string,
  rule: string,
  isTyped: boolean,
  options: readonly unknown[] = [],
): string[] {
  return verify(code, rule, isTyped, options).map(({ messageId, message }) => messageId ?? message)
}

/** The message ids that `rule` reports in `code` under `settings`, without types. */
export function lintWith(code: string, rule: string, settings: Readonly<Record<string, unknown>>) {
  const linter = new TSESLint.Linter({ configType: 'flat', cwd: corpus })
  const config = { ...configOf(rule, false, []), settings }
  return linter
    .verify(code, config, { filename: `${corpus}file.ts` })
    .map(({ messageId, message }) => messageId ?? message)
}

/** The messages that `rule` reports in `code`, without types. */
export function messages(code: string, rule: string): string[] {
  return verify(code, rule, false, []).map(({ message }) => message)
}

function verify(code: string, rule: string, isTyped: boolean, options: readonly unknown[]) {
  return lintFile(`${corpus}file.ts`, code, rule, isTyped, options)
}

/** What `rule` reports in `code`, as if it stood in `file`; with types if it is given a program with that very code, or finds one. */
export function lintFile(
  file: string,
  code: string,
  rule: string,
  types: boolean | ts.Program,
  options: readonly unknown[],
  cwd = corpus,
): TSESLint.Linter.LintMessage[] {
  const linter = new TSESLint.Linter({ configType: 'flat', cwd })
  return linter.verify(code, configOf(rule, types, options), { filename: file })
}

/** The config in which `rule` runs alone. */
export function configOf(
  rule: string,
  types: boolean | ts.Program,
  options: readonly unknown[],
): TSESLint.FlatConfig.Config {
  return configWith({ [`@rekey/${rule}`]: ['error', ...options] }, types)
}

/** The config in which `rules` run. */
export function configWith(
  rules: TSESLint.FlatConfig.Rules,
  types: boolean | ts.Program,
): TSESLint.FlatConfig.Config {
  const parserOptions = types === true ? typedOptions : types === false ? {} : { programs: [types] }
  return {
    files: ['**/*.ts', '**/*.js', '**/*.tsx', '**/*.jsx'],
    languageOptions: { parser, parserOptions },
    plugins: { '@rekey': plugin },
    rules,
  }
}

/** What all rules of the plugin report in `code` together, each of them with what makes it look. */
export function lintAll(
  file: string,
  code: string,
  isTyped: boolean,
): TSESLint.Linter.LintMessage[] {
  const linter = new TSESLint.Linter({ configType: 'flat', cwd: corpus })
  const options: Readonly<Record<string, unknown>> = {
    'service-access': { grants: { frontend: { callsTo: ['signing'] } } },
    'min-key-length': { requireMinimum: true, byName: true },
    'require-startup-validation': { checkExported: true, loaders: ['loadService'] },
  }
  const rules = Object.keys(plugin.rules).map((rule) => [
    `@rekey/${rule}`,
    ['error', ...(rule in options ? [options[rule]] : [])],
  ])
  const parserOptions = isTyped ? typedOptions : { ecmaFeatures: { jsx: true } }
  const config: TSESLint.FlatConfig.Config = {
    files: ['**/*.ts', '**/*.js', '**/*.tsx', '**/*.jsx'],
    languageOptions: { parser, parserOptions },
    plugins: { '@rekey': plugin },
    rules: Object.fromEntries(rules) as TSESLint.FlatConfig.Rules,
  }
  return linter.verify(code, config, { filename: file })
}
