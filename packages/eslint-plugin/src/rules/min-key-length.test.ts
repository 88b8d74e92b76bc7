import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { lint, messages, runCases } from '../../test/rule-runs.support.ts'
import { minKeyLength } from './min-key-length.ts'

const imports = `import { createHmac, createECDH, generateKeySync, generateKeyPairSync, randomBytes } from 'node:crypto'
import { nanoid } from 'nanoid'
import Joi from 'joi'
import { z } from 'zod'
`

/** What is wrong, and what it should say instead. */
const edits = [
  ['shortKey', 'const apiKey = randomBytes(16)', 'const apiKey = randomBytes(32)'],
  ['shortKey', 'const apiKey = nanoid(32)', 'const apiKey = nanoid(43)'],
  [
    'shortKey',
    "generateKeySync('hmac', { length: 128 })",
    "generateKeySync('hmac', { length: 256 })",
  ],
  [
    'shortModulus',
    "generateKeyPairSync('rsa', { modulusLength: 1024 })",
    "generateKeyPairSync('rsa', { modulusLength: 2048 })",
  ],
  ['lowMinimum', 'const apiKey = z.string().min(8)', 'const apiKey = z.string().min(32)'],
  ['lowMinimum', 'const apiKey = z.hex().length(32)', 'const apiKey = z.hex().length(64)'],
  [
    'lowMinimum',
    'const apiKey = Joi.string().base64().min(8)',
    'const apiKey = Joi.string().base64().min(43)',
  ],
  ['lowMinimum', 'apiKeyTo({ minLength: 16 })', 'apiKeyTo({ minLength: 32 })'],
] as const

/** What is wrong, and what no single number mends. */
const withoutEdit = [
  ['shortKey', "const token = randomBytes(32).toString('hex').slice(0, 32)"],
  ['shortKey', 'const size = 16; const apiKey = randomBytes(size)'],
  ['smallCurve', "createECDH('secp160k1')"],
  ['lowMinimum', 'const apiKey = z.string().regex(/^[0-9a-f]{32}$/)'],
] as const

const required: [{ requireMinimum: boolean }] = [{ requireMinimum: true }]
const unmeasured = [
  [
    'const env = z.object({ API_KEY: z.string().trim().optional() })',
    'const env = z.object({ API_KEY: z.string().min(32).trim().optional() })',
  ],
  [
    'const env = { jwtSecret: Joi.string().required() }',
    'const env = { jwtSecret: Joi.string().min(32).required() }',
  ],
] as const

const byName: [{ byName: boolean }] = [{ byName: true }]

runCases('min-key-length', minKeyLength, () => ({
  valid: [
    { code: `${imports}createECDH('prime256v1')`, options: [{ minCurveBits: 256 }] },
    `${imports}const apiKey = randomBytes(16)`,
    ...[
      'const env = z.object({ API_KEY: z.string().min(32), PORT: z.string() })',
      'const env = z.object({ API_KEY: z.string().refine(isLong), apiKeyId: z.string() })',
      'const body = z.object({ token: z.string() })',
      "const env = { API_KEY: { type: 'string', pattern: '^rk_' }, NAME: { type: 'string' } }",
    ].map((code) => ({ code: imports + code, options: required })),
  ],
  invalid: [
    ...edits.map(([messageId, code, output]) => ({
      code: imports + code,
      options: byName,
      errors: [
        { messageId, suggestions: [{ messageId: 'useNumber' as const, output: imports + output }] },
      ],
    })),
    ...withoutEdit.map(([messageId, code]) => ({
      code: imports + code,
      options: byName,
      errors: [{ messageId }],
    })),
    ...unmeasured.map(([code, output]) => ({
      code: imports + code,
      options: required,
      errors: [
        {
          messageId: 'noMinimum' as const,
          suggestions: [{ messageId: 'askMinimum' as const, output: imports + output }],
        },
      ],
    })),
    ...[
      "const env = { API_KEY: { type: 'string' } }",
      "import { str } from 'envalid'\nconst env = { API_KEY: str() }",
      "import * as v from 'valibot'\nconst env = v.object({ API_KEY: v.string() })",
    ].map((code) => ({ code, options: required, errors: [{ messageId: 'noMinimum' as const }] })),
    {
      code: `${imports}generateKeyPairSync('rsa', { modulusLength: 2048 })`,
      options: [{ minModulusBits: 3072 }],
      errors: [
        {
          messageId: 'shortModulus',
          data: { bits: 2048, minimum: 3072 },
          suggestions: [
            {
              messageId: 'useNumber',
              data: { number: 3072 },
              output: `${imports}generateKeyPairSync('rsa', { modulusLength: 3072 })`,
            },
          ],
        },
      ],
    },
    {
      code: `${imports}createECDH('secp224r1')`,
      options: [{ minCurveBits: 256 }],
      errors: [{ messageId: 'smallCurve', data: { bits: 224, minimum: 256 } }],
    },
    {
      code: "import { randomBytes as r } from 'crypto'\nconst apiKey = r(32)",
      options: [{ minBytes: 64, byName: true }],
      errors: [
        {
          messageId: 'shortKey',
          data: { what: 'apiKey', bytes: 32, minimum: 64 },
          line: 2,
          column: 16,
          endColumn: 21,
          suggestions: [
            {
              messageId: 'useNumber',
              output: "import { randomBytes as r } from 'crypto'\nconst apiKey = r(64)",
            },
          ],
        },
      ],
    },
  ],
}))

it('takes a lower-case property of a schema for the form of what others send, but with byName', () => {
  const reported = (name: string, byName: boolean) =>
    lint(`export const schema = { ${name}: { minLength: 8 } }`, 'min-key-length', false, [
      { byName },
    ])
  expect(reported('eventToken', false)).toEqual([])
  expect(reported('eventToken', true)).toHaveLength(1)
  expect(reported('JWT_SECRET', false)).toHaveLength(1)
})

it('never repeats a key in its message', () => {
  const key = randomBytes(8).toString('hex')
  const reported = messages(`${imports}createHmac('sha256', '${key}')`, 'min-key-length')
  expect(reported.join()).toMatch(/The key of createHmac holds 8 bytes/)
  expect(reported.join()).not.toContain(key)
})
