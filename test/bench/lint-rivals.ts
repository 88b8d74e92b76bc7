import type { ESLint } from 'eslint'
import node from 'eslint-plugin-n'
import noSecrets from 'eslint-plugin-no-secrets'
import secureCoding from 'eslint-plugin-secure-coding'
import sonarjs from 'eslint-plugin-sonarjs'

/** A rule of a rival, and how it is switched on. */
interface RivalRule {
  readonly options?: readonly unknown[]
  /** The messages that are about the subject, where the rule has others too. */
  readonly counted?: readonly string[]
}

/** Another plugin, and its rules for what one of our rules is about. No entry: it has none. */
export interface Rival {
  readonly name: string
  readonly plugin: ESLint.Plugin
  readonly rules: Readonly<Record<string, Readonly<Record<string, RivalRule>>>>
}

/** Switches of secure-coding's one rule for all ways out. */
const onlyCheck = (way: 'checkConsoleLog' | 'checkErrorMessages' | 'checkApiResponses') => ({
  options: [
    Object.fromEntries(
      ['checkConsoleLog', 'checkErrorMessages', 'checkApiResponses'].map((each) => [
        each,
        each === way,
      ]),
    ),
  ],
})

const SECURE_CODING_LOGS = {
  'no-pii-in-logs': {},
  'no-sensitive-data-exposure': onlyCheck('checkConsoleLog'),
}
const SECURE_CODING_LITERALS = {
  'no-hardcoded-credentials': {},
  'no-hardcoded-session-tokens': {},
}
const SONAR_LITERALS = {
  'hardcoded-secret-signatures': {},
  'no-hardcoded-passwords': {},
  'no-hardcoded-secrets': {},
}
const SONAR_LOGS = { 'confidential-information-logging': {} }

/** The ESLint plugins that look for secrets, at the versions of package.json, by the names of our rules. */
export const RIVALS: readonly Rival[] = [
  {
    name: 'sonarjs',
    plugin: sonarjs,
    rules: {
      'min-key-length': { 'no-weak-keys': {} },
      'no-hardcoded-secret': SONAR_LITERALS,
      'no-insecure-random': { 'pseudo-random': {} },
      'no-secret-fallback': SONAR_LITERALS,
      'no-secret-in-logs': SONAR_LOGS,
      'no-secret-name-in-output': SONAR_LOGS,
    },
  },
  {
    name: 'no-secrets',
    plugin: noSecrets,
    rules: {
      'no-hardcoded-secret': { 'no-secrets': {} },
      'no-secret-fallback': { 'no-secrets': {} },
    },
  },
  {
    name: 'secure-coding',
    plugin: secureCoding as unknown as ESLint.Plugin,
    rules: {
      'no-hardcoded-secret': SECURE_CODING_LITERALS,
      'no-insecure-random': {
        'no-weak-password-recovery': {
          counted: ['predictableRecoveryToken', 'insufficientTokenEntropy'],
        },
      },
      'no-secret-fallback': SECURE_CODING_LITERALS,
      'no-secret-in-errors': { 'no-sensitive-data-exposure': onlyCheck('checkErrorMessages') },
      'no-secret-in-logs': SECURE_CODING_LOGS,
      'no-secret-in-response': { 'no-sensitive-data-exposure': onlyCheck('checkApiResponses') },
      'no-secret-name-in-output': SECURE_CODING_LOGS,
      'no-timing-unsafe-compare': { 'no-insecure-comparison': {} },
      'no-timing-unsafe-name-compare': { 'no-insecure-comparison': {} },
    },
  },
  { name: 'n', plugin: node, rules: { 'no-raw-env': { 'no-process-env': {} } } },
]
