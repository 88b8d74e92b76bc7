import { ASSERTION_SINKS } from '../engine/sinks/assertion-sinks.ts'
import { ERROR_SINKS } from '../engine/sinks/error-sinks.ts'
import { createOutputRule } from './output-rule.ts'

/** Finds secrets, known as such by their type or by `expose()`, on their way into an error. */
export const noSecretInErrors = createOutputRule({
  name: 'no-secret-in-errors',
  description: 'Keep secrets out of errors',
  cwe: 'CWE-209',
  families: [ERROR_SINKS, ASSERTION_SINKS],
  advice:
    'Errors are logged, reported and sent to the requester. Name the label of the secret, or what is wrong with it.',
})
