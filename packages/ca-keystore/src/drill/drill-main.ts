// The process of a drill: it reads its job as JSON from standard input, and writes the signed report, or the failure, to standard output.
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { failureMessage } from '../signer-process/messages.ts'
import { type DrillJob, runDrill } from './run-drill.ts'

try {
  const job = JSON.parse(await text(process.stdin)) as DrillJob
  process.stdout.write(JSON.stringify({ report: await runDrill(job) }))
} catch (error) {
  process.stdout.write(JSON.stringify({ failure: failureMessage(error) }))
}
