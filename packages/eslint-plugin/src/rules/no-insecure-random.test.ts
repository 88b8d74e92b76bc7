import { runCases } from '../../test/rule-runs.support.ts'
import { noInsecureRandom } from './no-insecure-random.ts'

const bytes = "import { randomBytes } from 'node:crypto'\n"
const int = "import { randomInt } from 'node:crypto'\n"

/** Random values, and what to take instead. */
const edits = [
  [
    'useRandomBytes',
    'export const token = Math.random().toString(36).slice(2)',
    `${bytes}export const token = randomBytes(32).toString('base64url')`,
  ],
  [
    'useRandomBytes',
    'export const secret = `${Math.random()}`',
    `${bytes}export const secret = randomBytes(32).toString('base64url')`,
  ],
  [
    'useRandomBytes',
    "'use strict'\nconst fs = require('fs')\nexports.newSecret = () => String(Math.random())",
    "'use strict'\nconst { randomBytes } = require('node:crypto')\nconst fs = require('fs')\nexports.newSecret = () => randomBytes(32).toString('base64url')",
  ],
  [
    'useRandomInt',
    'export const otp = Math.floor(100000 + Math.random() * 900000).toString()',
    `${int}export const otp = randomInt(100000, 1000000).toString()`,
  ],
  [
    'useRandomInt',
    'export const otp = (a: number, b: number) => Math.floor(Math.random() * (b - a) + a)',
    `${int}export const otp = (a: number, b: number) => randomInt(a, a + (b - a))`,
  ],
  [
    'useRandomInt',
    `${int}export let password = ''\npassword += letters[Math.floor(Math.random() * letters.length)]`,
    `${int}export let password = ''\npassword += letters[randomInt(letters.length)]`,
  ],
  [
    'useRandomInt',
    'export const otp = String((Math.random() * 1e6) | 0)',
    `${int}export const otp = String(randomInt(1000000))`,
  ],
] as const

/** What no single expression mends. */
const withoutEdit = [
  'const part = Math.random().toString(36)\nexport const token = part + part',
  'export const otp = Math.round(Math.random() * 1e6)',
  'const randomBytes = 1\nexport const token = Math.random().toString(36)',
  'export const token = `${Date.now()}${Math.random()}`',
] as const

runCases('no-insecure-random', noInsecureRandom, () => ({
  valid: ['export const ticket = Math.random().toString(36)'],
  invalid: [
    ...edits.map(([messageId, code, output]) => ({
      code,
      errors: [{ messageId: 'guessable' as const, suggestions: [{ messageId, output }] }],
    })),
    ...withoutEdit.map((code) => ({
      code,
      errors: code.includes('Date') ? [guessable(), guessable()] : [guessable()],
    })),
    {
      code: 'export const ticket = Date.now().toString(36)',
      options: [{ names: ['ticket'] }],
      errors: [
        {
          messageId: 'guessable',
          data: { what: 'ticket', source: 'the time' },
          line: 1,
          column: 23,
          endColumn: 33,
        },
      ],
    },
    {
      code: "import { createHmac } from 'node:crypto'\ncreateHmac('sha256', String(process.pid))",
      errors: [
        {
          messageId: 'guessable',
          data: { what: 'The key of createHmac', source: 'the process id' },
        },
      ],
    },
  ],
}))

function guessable() {
  return { messageId: 'guessable' as const }
}
