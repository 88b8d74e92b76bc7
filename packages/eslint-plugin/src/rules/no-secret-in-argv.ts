import { ARGV_SINKS } from '../engine/sinks/argv-sinks.ts'
import { createOutputRule } from './output-rule.ts'

/** Finds secrets, known as such by their type or by `expose()`, on their way into a command line. */
export const noSecretInArgv = createOutputRule({
  name: 'no-secret-in-argv',
  description: 'Keep secrets out of command lines',
  cwe: 'CWE-214',
  families: [ARGV_SINKS],
  advice:
    'Every user of the machine can list command lines. Give it in the environment, on the standard input, or in a file.',
})
