import { RESPONSE_SINKS } from '../engine/sinks/response-sinks.ts'
import { createOutputRule } from './output-rule.ts'

/** Finds secrets, known as such by their type or by `expose()`, on their way to the requester of a service. */
export const noSecretInResponse = createOutputRule({
  name: 'no-secret-in-response',
  description: 'Keep secrets out of responses',
  cwe: 'CWE-200',
  families: [RESPONSE_SINKS],
  advice: 'Answer with what the caller needs: the label, the version, a signature.',
})
