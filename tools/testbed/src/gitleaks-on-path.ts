// node --import of this file: puts the gitleaks of the testbed on PATH, where `rekey-gate` looks for it.
import { delimiter, dirname } from 'node:path'
import process from 'node:process'
import { findProgram } from './find-program.ts'

const gitleaks = await findProgram('gitleaks')
if (gitleaks.found) {
  process.env['PATH'] = [dirname(gitleaks.path), process.env['PATH']].join(delimiter)
} else {
  process.stderr.write(`gate: ${gitleaks.reason}; ${gitleaks.install}\n`)
}
