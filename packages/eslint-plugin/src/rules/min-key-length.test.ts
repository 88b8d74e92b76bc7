import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { messages, runCases } from '../rule-runs.test.support.ts'
import { minKeyLength } from './min-key-length.ts'

const imports = `import { createHmac, createSecretKey, createCipheriv, generateKeySync, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import session from 'express-session'
import { z } from 'zod'
`
const hex = (bytes: number) => randomBytes(bytes).toString('hex')

const short = [
  ['const apiKey = randomBytes(16)', 16],
  ["const apiKey = randomBytes(16).toString('hex')", 16],
  ["const sessionToken = randomBytes(32).toString('hex').slice(0, 32)", 16],
  ["const secret = randomBytes(64).toString('base64url').substring(0, 32)", 24],
  ['const size = 8 * 2; const signingKey = randomBytes(size)', 16],
  ["function createToken() { return randomBytes(20).toString('hex') }", 20],
  ["const createApiKey = () => randomBytes(20).toString('hex')", 20],
  ['const client = { clientSecret: randomBytes(24) }', 24],
  ['let passphrase; passphrase = randomBytes(8)', 8],
  ['const apiKey = randomUUID()', 15],
  ['const key = crypto.getRandomValues(new Uint8Array(16))', 16],
  ["createHmac('sha256', randomBytes(16))", 16],
  [`createHmac('sha256', '${hex(16)}')`, 16],
  [`const k = '${hex(16)}'; createSecretKey(k, 'hex')`, 16],
  [`createSecretKey(Buffer.from('${hex(8)}' + '${hex(8)}', 'hex'))`, 16],
  ['createSecretKey(Buffer.alloc(16))', 16],
  ["createCipheriv('aes-128-gcm', randomBytes(16), randomBytes(12))", 16],
  ["generateKeySync('hmac', { length: 128 })", 16],
  [`jwt.sign({}, '${hex(4)}')`, 4],
  [`session({ secret: ['${hex(8)}'] })`, 8],
] as const

const longEnough = [
  'const apiKey = randomBytes(32)',
  "const apiKey = randomBytes(32).toString('hex')",
  "const apiKey = randomBytes(48).toString('base64').slice(0, 43) + randomBytes(16)",
  "const token = randomBytes(64).toString('hex').slice(0, 64)",
  'const salt = randomBytes(16), iv = randomBytes(12), nonce = randomBytes(8)',
  "const id = randomBytes(4).toString('hex'); const requestId = randomUUID()",
  "const apiKeyId = randomBytes(8).toString('hex'); const keyPrefix = randomBytes(4)",
  "const { length } = randomBytes(4); const cacheKey = 'user'",
  `createHmac('sha256', '${hex(32)}')`,
  `createSecretKey('${hex(32)}', 'hex')`,
  "createHmac('sha256', process.env.KEY)",
  'declare const n: number; const apiKey = randomBytes(n)',
  "generateKeySync('aes', { length: 256 })",
  "generateKeyPairSync('rsa', { modulusLength: 2048 }); generateKeyPairSync('ed25519')",
  'z.object({ apiKey: z.string().min(32), name: z.string().min(1) })',
  'z.object({ password: z.string().min(12), newPassword: z.string().min(12) })',
  "apiKeyTo('signing', { minLength: 32 }); text({ minLength: 3 })",
  "const schema = { name: { type: 'string', minLength: 1 } }",
]

runCases('min-key-length', minKeyLength, () => ({
  valid: longEnough.map((code) => imports + code),
  invalid: [
    ...short.map(([code, bytes]) => ({
      code: imports + code,
      errors: [{ messageId: 'shortKey' as const }],
      name: `${code} holds ${String(bytes)} bytes`,
    })),
    ...[
      'z.object({ apiKey: z.string().min(8) })',
      'z.object({ clientSecret: z.string().trim().length(16).optional() })',
      'const apiKey = z.string().min(20)',
      "apiKeyTo('signing', { minLength: 16 })",
      "const schema = { dbPassword: { type: 'string', minLength: 8 } }",
      "const spec = { kind: 'api-key', rule: 'long', minLength: 31 }",
    ].map((code) => ({ code: imports + code, errors: [{ messageId: 'lowMinimum' as const }] })),
    {
      code: `${imports}generateKeyPairSync('rsa', { modulusLength: 1024 })`,
      errors: [{ messageId: 'shortModulus', data: { bits: 1024, minimum: 2048 } }],
    },
    {
      code: `${imports}generateKeyPairSync('rsa', { modulusLength: 2048 })`,
      options: [{ minModulusBits: 3072 }],
      errors: [{ messageId: 'shortModulus', data: { bits: 2048, minimum: 3072 } }],
    },
    {
      code: "import { randomBytes as r } from 'crypto'\nconst apiKey = r(32)",
      options: [{ minBytes: 64 }],
      errors: [
        {
          messageId: 'shortKey',
          data: { what: 'apiKey', bytes: 32, minimum: 64 },
          line: 2,
          column: 16,
          endColumn: 21,
        },
      ],
    },
  ],
}))

it('never repeats a key in its message', () => {
  const key = hex(8)
  const reported = messages(`${imports}createHmac('sha256', '${key}')`, 'min-key-length')
  expect(reported.join()).toMatch(/The key of createHmac holds 8 bytes/)
  expect(reported.join()).not.toContain(key)
})
