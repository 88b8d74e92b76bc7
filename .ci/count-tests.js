// Usage: count-tests.js REPORT EXIT_CODE [REPORT EXIT_CODE]…, the reports of lane-reporter.js and the exit codes of vitest.
// Prints the slowest files, what failed, which files did not end, and, as the last line, "N passed, N failed" if anything ran.
// A file that could not be loaded or did not end counts as a failure, and so does an error outside of any test.
// Ends with 1 if something failed, or if nothing ran for one of the reports.
import { readFileSync } from 'node:fs'

const SLOWEST = 20
const given = process.argv.slice(2)
const lanes = given
  .filter((_, n) => n % 2 === 0)
  .map((file, n) => count(file, given[2 * n + 1] ?? ''))
const passed = sum(lanes.map((lane) => lane.passed))
const failures = lanes.flatMap((lane) => lane.failures)

for (const line of slowest(lanes.flatMap(({ files }) => files))) print(line)
for (const failure of failures) print(`Failed: ${failure}`)
if (lanes.some((lane) => lane.passed + lane.failures.length === 0)) {
  process.stderr.write('A lane ran no test.\n')
}
if (passed + failures.length > 0) print(`${passed} passed, ${failures.length} failed`)
process.exitCode = lanes.every((lane) => lane.passed > 0 && lane.failures.length === 0) ? 0 : 1

function count(report, exitCode) {
  const entries = readFileSync(report, 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  const files = entries.filter(({ event }) => event === 'ended')
  const ended = new Set(files.map(({ file }) => file))
  const failures = [
    ...files.flatMap(({ file, failed }) => failed.map((test) => `${file} > ${test}`)),
    ...entries
      .filter(({ event, file }) => event === 'began' && !ended.has(file))
      .map(({ file }) => `${file} did not end`),
  ]
  if (failures.length === 0 && files.length > 0 && exitCode !== '0') {
    failures.push(`a lane ended with ${exitCode}, outside of any test`)
  }
  return { passed: sum(files.map((file) => file.passed)), failures, files }
}

function slowest(files) {
  return files
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST)
    .map(({ file, ms }) => `${(ms / 1e3).toFixed(1).padStart(6)} s  ${file}`)
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}

function print(line) {
  process.stdout.write(`${line}\n`)
}
