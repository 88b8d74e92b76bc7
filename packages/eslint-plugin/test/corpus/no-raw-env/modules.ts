// ---- a-built-in-module
export const secret = process.getBuiltinModule('process').env.SESSION_SECRET // expect: variable

// ---- a-namespace
import * as p from 'node:process'

export const token = p.env.SLACK_TOKEN // expect: variable

// ---- env-from-node-process
import { env } from 'node:process'

export const accountSid = env.TWILIO_ACCOUNT_SID // expect: variable

// ---- env-under-another-name
import { env as environment } from 'process'

export const dsn = environment['SENTRY_DSN'] // expect: variable

// ---- everything-exported-on
export * from 'node:process' // expect: loader

// ---- exported-on
export { env } from 'node:process' // expect: loader

// ---- import-equals
import nodeProcess = require('node:process')

export const token = nodeProcess.env.SLACK_TOKEN // expect: variable

// ---- imported-dynamically-in-place
export const token = (await import('node:process')).default.env.NPM_TOKEN // expect: variable

// ---- imported-dynamically-with-then
export const token = import('node:process').then(({ env }) => env.NPM_TOKEN) // expect: variable

// ---- imported-dynamically
export async function readToken() {
  const { env } = await import('node:process')
  return env.NPM_TOKEN // expect: variable
}

// ---- process-itself
import process from 'node:process'

export const mailKey = process.env.MAILGUN_KEY // expect: variable

// ---- required-in-place.js
module.exports.secret = () => require('node:process').env.SESSION_SECRET // expect: variable

// ---- required-through-create-require
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

export const secret = load('process').env.SESSION_SECRET // expect: variable

// ---- required.js
const { env } = require('process')

module.exports = { password: env.LDAP_BIND_PASSWORD } // expect: variable

// ---- the-default-of-a-namespace
import * as p from 'node:process'

export const token = p.default.env.SLACK_TOKEN // expect: variable
