import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { replaceMethod } from './replace-method.ts'

type Report = object

/**
 * Masks secrets in diagnostic reports, and leaves the environment out of them. Those of native code (`--report-on-fatalerror`) are off; on a signal
 * (`--report-on-signal`) one is written by JavaScript. Returns the way to end that.
 */
export function guardReports(redact: (text: string) => string): () => void {
  const { report } = process
  const { reportOnFatalError, reportOnSignal, signal } = report
  const clean = (found: Report): Report => {
    const rest = { ...found, environmentVariables: undefined }
    return JSON.parse(redact(JSON.stringify(rest))) as Report
  }
  const getReport = report.getReport.bind(report)
  const restore = [
    replaceMethod(report, 'getReport', () => (error) => clean(getReport(error as Error))),
    replaceMethod(report, 'writeReport', () => (file, error) => {
      const [name, cause] = typeof file === 'string' ? [file, error] : [undefined, file ?? error]
      return writeReport(clean(getReport(cause as Error)), name)
    }),
  ]
  const onSignal = () => {
    report.writeReport()
  }
  report.reportOnFatalError = false
  report.reportOnSignal = false
  if (reportOnSignal) process.on(signal, onSignal)
  return () => {
    for (const end of restore) end()
    process.off(signal, onSignal)
    report.reportOnFatalError = reportOnFatalError
    report.reportOnSignal = reportOnSignal
  }
}

let written = 0

/** Returns the name of the file, which is that of Node.js: date, time, process, thread and number. */
function writeReport(report: Report, name: string | undefined): string {
  const { directory, filename, compact } = process.report
  const file = name ?? (filename === '' ? newName() : filename)
  const text = JSON.stringify(report, undefined, compact ? undefined : 2)
  const stream = { stdout: process.stdout, stderr: process.stderr }[file]
  if (stream) stream.write(`${text}\n`)
  else writeFileSync(join(directory === '' ? '.' : directory, file), `${text}\n`, { mode: 0o600 })
  return file
}

function newName(): string {
  written += 1
  const now = new Date()
  const two = (part: number) => String(part).padStart(2, '0')
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('')
  return `report.${date}.${time}.${process.pid}.${threadId}.${String(written).padStart(3, '0')}.json`
}
