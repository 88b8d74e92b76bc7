import { writeFileSync } from 'node:fs'
import inspector from 'node:inspector'
import { SecretError } from '@rekey/secret'

/** The part of `process` that {@link closeDebugDoors} uses. */
export type DebuggedProcess = Pick<NodeJS.Process, 'on' | 'execArgv' | 'env' | 'report'>

/** Options of Node.js that open an inspector, or write the memory of the process to a file. */
const DOORS =
  /^--(?:inspect|debug|heapsnapshot|heap-prof|heapsnapshot-near-heap-limit|report|cpu-prof|abort-on-uncaught-exception|diagnostic-dir|interactive|experimental-inspector)/

const ignore = () => undefined

/**
 * Leaves the memory of this process, and of those that it starts, out of every core dump, whatever its limit and its handler: core(5),
 * `/proc/PID/coredump_filter`. Does nothing where the system has no such filter, or dumps no core of this process.
 *
 * @example
 * ```ts
 * emptyCoreDumps()
 * ```
 */
export function emptyCoreDumps(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0')
  } catch {
    // Not Linux, or a process that is not dumpable, whose files in /proc belong to root.
  }
}

/**
 * Closes the ways by which Node.js lets another process look into this one: SIGUSR1, which opens an inspector, diagnostic
 * reports, and the memory in core dumps. Call it before a secret is loaded. A handler for a signal is all that keeps Node.js 20 from opening the inspector.
 *
 * @throws {SecretError} `refused` if an inspector is open, or the process was started with an option that opens one or writes
 *   heap snapshots, profiles or reports
 * @example
 * ```ts
 * closeDebugDoors(process)
 * ```
 */
export function closeDebugDoors(process: DebuggedProcess): void {
  emptyCoreDumps()
  process.on('SIGUSR1', ignore)
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)]
  const opened = options.find((option) => DOORS.test(option))
  if (opened !== undefined || inspector.url() !== undefined) throw isOpen(opened)
  process.report.reportOnFatalError = false
  process.report.reportOnSignal = false
  process.report.reportOnUncaughtException = false
}

function isOpen(option: string | undefined): SecretError {
  const how =
    option === undefined ? 'an inspector is open' : `it was started with ${option.split('=')[0]}`
  const message = `the process could be looked into, because ${how}; start it without, or use a keystore for development elsewhere`
  return new SecretError('refused', message, { reason: 'debugger' })
}
