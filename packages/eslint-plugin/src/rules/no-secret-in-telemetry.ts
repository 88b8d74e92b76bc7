import { TELEMETRY_SINKS } from '../engine/sinks/telemetry-sinks.ts'
import { createOutputRule } from './output-rule.ts'

/** Finds secrets, known as such by their type or by `expose()`, on their way into traces, metrics and reports. */
export const noSecretInTelemetry = createOutputRule({
  name: 'no-secret-in-telemetry',
  description: 'Keep secrets out of traces, metrics, error reports and analytics',
  cwe: 'CWE-201',
  families: [TELEMETRY_SINKS],
  advice:
    'It leaves the machine and is kept. Record the label or the version of the secret instead.',
})
