import { readGatePolicy, runGate } from '@rekey/eslint-plugin/internal/gate'

/** Runs the gate over each work tree that is named, in this one process, and prints the reports as one JSON array. */
const reports = []
for (const root of process.argv.slice(2)) {
  reports.push(
    await runGate({
      root,
      policy: await readGatePolicy(root),
      env: process.env,
      report: () => undefined,
    }),
  )
}
process.stdout.write(JSON.stringify(reports))
