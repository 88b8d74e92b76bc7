// ---- a-property-known-only-at-run-time
export const read = (part: 'env' | 'argv') => process[part] // expect: process

// ---- a-report-written-out
import { writeFileSync } from 'node:fs'

export const dump = (file: string) =>
  writeFileSync(file, JSON.stringify(process.report.getReport())) // expect: environment

// ---- a-report
const report = process.report.getReport() as { environmentVariables: Record<string, string> }

export const key = report.environmentVariables.API_KEY // expect: variable

// ---- copied-by-object-assign
export const config = Object.assign({}, { PORT: '3000' }, process.env) // expect: environment

// ---- given-back
export function environment() {
  return process.env // expect: environment
}

// ---- handed-to-a-child-process
import { spawn } from 'node:child_process'

export const run = (command: string) =>
  spawn(command, { stdio: 'inherit', env: { ...process.env, FORCE_COLOR: '1' } }) // expect: environment

// ---- handed-to-a-schema
import { z } from 'zod'

const schema = z.object({ API_KEY: z.string(), PORT: z.coerce.number() })

export const settings = schema.parse(process.env) // expect: environment

// ---- in-a-loop.js
const found = []
for (const name in process.env) { // expect: environment
  if (name.startsWith('SECRET_')) found.push(name)
}
module.exports = found

// ---- its-entries
export const prefixed = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name.startsWith('APP_')), // expect: environment
)

// ---- printed.js
app.get('/debug', (req, res) => res.json(process.env)) // expect: environment

// ---- process-handed-on
import { buildContext } from './context.ts'

export const context = buildContext(process) // expect: process

// ---- process-in-an-object
import { run } from '@stricli/core'

export const main = (app: never) => run(app, [], { process }) // expect: process

// ---- process-spread
const copy = { ...process } // expect: process

export const token = copy.env.DEPLOY_TOKEN
