// Usage: count-tests.js REPORT EXIT_CODE, vitest's JSON report and exit code. Prints "N passed, N failed" if anything ran.
// A file that could not be loaded, and an error outside of any test, count as failures.
// Ends with 1 if something failed or nothing ran.
import { readFileSync } from 'node:fs'

const [file = '', exitCode = ''] = process.argv.slice(2)
const text = readFileSync(file, 'utf8')
const { numPassedTests: passed, ...report } =
  text === '' ? { numPassedTests: 0, numFailedTests: 0, testResults: [] } : JSON.parse(text)

const unloaded = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length
const counted = report.numFailedTests + unloaded
const failed = counted === 0 && passed > 0 && exitCode !== '0' ? 1 : counted

if (passed + failed === 0) process.stderr.write('No test ran.\n')
else process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = passed > 0 && failed === 0 ? 0 : 1
