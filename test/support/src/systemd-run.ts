// systemd-run of a machine that a test plays: node systemd-run.ts MACHINE ARGUMENTS, where MACHINE is JSON.
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { startScript, transientUnit } from './service-manager.ts'

const [machine = '', ...args] = process.argv.slice(2)
const { root, programs } = JSON.parse(machine) as { root: string; programs: [string, string][] }
const script = startScript(transientUnit(args), { root, programs: new Map(programs) })
const { status } = spawnSync('bash', ['-euc', script], { stdio: 'inherit' })
process.exitCode = status ?? 1
