// Usage: count-tests.js REPORT EXIT_CODE [REPORT EXIT_CODE]…, vitest's JSON reports and exit codes.
// Prints the slowest files and, as the last line, "N passed, N failed" if anything ran. A file that could not be loaded, and an
// error outside of any test, count as failures. Ends with 1 if something failed, or if nothing ran for one of the reports.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

const SLOWEST = 20
const given = process.argv.slice(2)
const lanes = given
  .filter((_, n) => n % 2 === 0)
  .map((file, n) => count(file, given[2 * n + 1] ?? ''))
const passed = sum(lanes.map((lane) => lane.passed))
const failed = sum(lanes.map((lane) => lane.failed))

if (lanes.some((lane) => lane.passed + lane.failed === 0)) process.stderr.write('No test ran.\n')
for (const line of slowest(lanes.flatMap(({ files }) => files))) process.stdout.write(`${line}\n`)
if (passed + failed > 0) process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = lanes.every((lane) => lane.passed > 0 && lane.failed === 0) ? 0 : 1

function count(file, exitCode) {
  const text = readFileSync(file, 'utf8')
  const { numPassedTests: passed, ...report } =
    text === '' ? { numPassedTests: 0, numFailedTests: 0, testResults: [] } : JSON.parse(text)
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length
  const counted = report.numFailedTests + unloaded
  const failed = counted === 0 && passed > 0 && exitCode !== '0' ? 1 : counted
  return { passed, failed, files: report.testResults }
}

function slowest(files) {
  const timed = files.map(({ name, startTime, endTime }) => ({ name, ms: endTime - startTime }))
  const found = timed.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST)
  return found.map(
    ({ name, ms }) => `${(ms / 1e3).toFixed(1).padStart(6)} s  ${relative('', name)}`,
  )
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}
