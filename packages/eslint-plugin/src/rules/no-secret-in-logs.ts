import { LOG_SINKS } from '../engine/sinks/log-sinks.ts'
import { createOutputRule } from './output-rule.ts'

/** Finds secrets, known as such by their type or by `expose()`, on their way into a log. */
export const noSecretInLogs = createOutputRule({
  name: 'no-secret-in-logs',
  description: 'Keep secrets out of logs',
  cwe: 'CWE-532',
  families: [LOG_SINKS],
  advice: 'Log the label or the version of the secret instead.',
  hasLoggers: true,
})
