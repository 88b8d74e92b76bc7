// Usage: count-tests.js REPORT EXIT_CODE… [--alone REPORT EXIT_CODE…], the reports of lane-reporter.js and the exit codes of vitest.
// Prints the slowest files, what failed, which files did not end, and, as the last line, "N passed, N failed" if anything ran.
// A file that could not be loaded or did not end counts as a failure, and so does an error outside of any test. A file that
// failed and passed when it was run alone afterwards is named, and counts as it was then (decision 63).
// Ends with 1 if something failed, or if nothing ran for one of the reports.
// Usage: count-tests.js --failed REPORT EXIT_CODE… prints the files whose tests failed, a line each.
import { readFileSync } from 'node:fs'

const SLOWEST = 20
const given = process.argv.slice(2)

if (given[0] === '--failed') {
  for (const { file } of pairs(given.slice(1)).flatMap(failedFiles)) print(file)
} else report()

function report() {
  const end = given.includes('--alone') ? given.indexOf('--alone') : given.length
  const alone = new Map(
    pairs(given.slice(end + 1))
      .flatMap(({ entries, exitCode }) => (exitCode === '0' ? ended(entries) : []))
      .filter(({ passed, failed }) => passed > 0 && failed.length === 0)
      .map((entry) => [entry.file, entry]),
  )
  const lanes = pairs(given.slice(0, end)).map((lane) => count(lane, alone))
  const passed = sum(lanes.map((lane) => lane.passed))
  const failures = lanes.flatMap((lane) => lane.failures)
  for (const line of slowest(lanes.flatMap(({ files }) => files))) print(line)
  for (const failure of lanes.flatMap((lane) => lane.unsteady)) {
    print(`Failed in its lane, passed alone: ${failure}`)
  }
  for (const failure of failures) print(`Failed: ${failure}`)
  if (lanes.some((lane) => lane.passed + lane.failures.length === 0)) {
    process.stderr.write('A lane ran no test.\n')
  }
  if (passed + failures.length > 0) print(`${passed} passed, ${failures.length} failed`)
  process.exitCode = lanes.every((lane) => lane.passed > 0 && lane.failures.length === 0) ? 0 : 1
}

function count({ entries, exitCode }, alone) {
  const files = ended(entries)
  const names = new Set(files.map(({ file }) => file))
  const isUnsteady = ({ file, failed }) => failed.length > 0 && alone.has(file)
  const unsteady = files.filter(isUnsteady).flatMap(nameFailures)
  const failures = [
    ...files.filter((entry) => !isUnsteady(entry)).flatMap(nameFailures),
    ...entries
      .filter(({ event, file }) => event === 'began' && !names.has(file))
      .map(({ file }) => `${file} did not end`),
  ]
  if (failures.length + unsteady.length === 0 && files.length > 0 && exitCode !== '0') {
    failures.push(`a lane ended with ${exitCode}, outside of any test`)
  }
  const counted = files.map((entry) => (isUnsteady(entry) ? alone.get(entry.file) : entry))
  return { passed: sum(counted.map((entry) => entry.passed)), failures, unsteady, files }
}

function pairs(reportsAndExitCodes) {
  return reportsAndExitCodes
    .filter((_, n) => n % 2 === 0)
    .map((file, n) => ({
      entries: readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [JSON.parse(line)])),
      exitCode: reportsAndExitCodes[2 * n + 1] ?? '',
    }))
}

function failedFiles({ entries }) {
  return ended(entries).filter(({ failed }) => failed.length > 0)
}

function ended(entries) {
  return entries.filter(({ event }) => event === 'ended')
}

function nameFailures({ file, failed }) {
  return failed.map((test) => `${file} > ${test}`)
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
