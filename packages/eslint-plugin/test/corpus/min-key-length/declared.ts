// ---- a-decorated-field
import { IsString, MinLength } from 'class-validator'

export class Settings {
  @IsString()
  @MinLength(10) // expect: lowMinimum
  jwtSecret!: string
}

// ---- a-decorated-field-clean
import { IsString, MinLength } from 'class-validator'

export class Settings {
  @IsString()
  @MinLength(32)
  jwtSecret!: string

  @MinLength(1)
  host!: string
}

// ---- a-json-schema-with-a-pattern.js
module.exports = {
  type: 'object',
  required: ['HMAC_SECRET'],
  properties: { HMAC_SECRET: { type: 'string', pattern: '^[0-9a-f]{32}$' } }, // expect: lowMinimum
}

// ---- a-json-schema
export const schema = {
  type: 'object',
  properties: { dbPassword: { type: 'string', minLength: 8 }, port: { type: 'integer' } }, // expect: lowMinimum
}

// ---- a-kind-of-secret
export const spec = {
  kind: 'api-key',
  rule: 'at least 31 random characters',
  minLength: 31, // expect: lowMinimum
  parse: (text: string) => text,
}

// ---- a-schema-of-its-own
import { z } from 'zod'

export const apiKey = z.string().min(20) // expect: lowMinimum

// ---- zod-with-thirty-two
import { z } from 'zod'

export const settings = z.object({ apiKey: z.string().min(32), name: z.string().min(1) })

// ---- a-spec-of-a-secret
export const signing = apiKeyTo('signing', { minLength: 16 }) // expect: lowMinimum
declare function apiKeyTo(peer: string, options: { minLength: number }): unknown

// ---- a-spec-of-a-secret-clean
export const signing = apiKeyTo('signing', { minLength: 43 })
export const name = text({ minLength: 3 })
declare function apiKeyTo(peer: string, options: { minLength: number }): unknown
declare function text(options: { minLength: number }): unknown

// ---- an-environment-schema-of-t3
import { createEnv } from '@t3-oss/env-core'
import { z } from 'zod'

export const env = createEnv({
  server: { NODE_ENV: z.string().min(1), AUTH_SECRET: z.string().min(16) }, // expect: lowMinimum
  runtimeEnv: process.env,
})

// ---- joi-hexadecimal.js
const Joi = require('joi')

module.exports = Joi.object({ ENCRYPTION_KEY: Joi.string().hex().length(32).required() }) // expect: lowMinimum

// ---- joi.js
const Joi = require('joi')

module.exports = Joi.object({
  HOST: Joi.string().min(1).required(),
  JWT_SECRET: Joi.string().min(48).required(),
  ENCRYPTION_KEY: Joi.string().hex().length(64).required(),
})

// ---- joi-clean.js
const Joi = require('joi')

module.exports = Joi.object({
  PORT: Joi.number().default(3000),
  JWT_SECRET: Joi.string().min(10).required(), // expect: lowMinimum
})

// ---- typebox
import { Type } from '@sinclair/typebox'

export const Settings = Type.Object({ SESSION_SECRET: Type.String({ minLength: 16 }) }) // expect: lowMinimum

// ---- typebox-clean
import { Type } from '@sinclair/typebox'

export const Settings = Type.Object({
  SESSION_SECRET: Type.String({ minLength: 32 }),
  HOST: Type.String({ minLength: 1 }),
})

// ---- valibot
import * as v from 'valibot'

export const settings = v.object({ API_KEY: v.pipe(v.string(), v.trim(), v.minLength(12)) }) // expect: lowMinimum

// ---- valibot-clean
import * as v from 'valibot'

export const settings = v.object({
  API_KEY: v.pipe(v.string(), v.minLength(32)),
  REGION: v.pipe(v.string(), v.minLength(2)),
})

// ---- yup
import * as yup from 'yup'

export const schema = yup.object({ signingSecret: yup.string().required().min(16) }) // expect: lowMinimum

// ---- a-one-time-code
import { z } from 'zod'

export const schema = z.object({ otp: z.string().length(6), passcode: z.string().min(4) })

// ---- zod-base64
import { z } from 'zod/v4'

export const settings = z.object({ ENCRYPTION_KEY: z.base64url().min(32) }) // expect: lowMinimum

// ---- a-list-of-secrets
import { z } from 'zod'

export const settings = z.object({ secrets: z.array(z.string()).min(1) })

// ---- zod-hexadecimal
import * as z from 'zod'

export const settings = z.object({ SIGNING_KEY: z.hex().length(32) }) // expect: lowMinimum

// ---- zod-hexadecimal-clean
import * as z from 'zod'

export const settings = z.object({
  SIGNING_KEY: z.hex().length(64),
  ENCRYPTION_KEY: z.base64().min(44),
})

// ---- zod-in-a-long-chain
import { z } from 'zod'

export const env = z.object({
  SESSION_SECRET: z.string().trim().min(12).max(256).describe('signs cookies').readonly(), // expect: lowMinimum
})

// ---- passwords-that-people-choose
import { z } from 'zod'

export const form = z.object({ password: z.string().min(12), newPassword: z.string().min(12) })

// ---- zod-not-empty
import { z } from 'zod'

export const env = z.object({ JWT_SECRET: z.string().trim().nonempty(), HOST: z.string() }) // expect: lowMinimum

// ---- a-login-form
import { z } from 'zod'

export const loginSchema = z.object({ user: z.string().min(1), secret: z.string().min(1) })

// ---- zod-with-a-pattern
import { z } from 'zod'

export const settings = z.object({ MASTER_KEY: z.string().regex(/^[0-9a-f]{32}$/) }) // expect: lowMinimum

// ---- zod-with-a-pattern-clean
import { z } from 'zod'

export const settings = z.object({
  MASTER_KEY: z.string().regex(/^[0-9a-f]{64}$/),
  STRIPE_SECRET_KEY: z.string().regex(/^sk_/),
  LICENSE_KEY: z.string().regex(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/),
})

// ---- zod-with-an-exact-length
import { z } from 'zod'

export const settings = z.object({ clientSecret: z.string().trim().length(16).optional() }) // expect: lowMinimum

// ---- an-address-of-a-database
import { z } from 'zod'

export const settings = z.object({
  DATABASE_URL: z.string().min(1),
  DB_CONNECTION_STRING: z.string().min(10),
})

// ---- zod
import { z } from 'zod'

export const settings = z.object({ apiKey: z.string().min(8) }) // expect: lowMinimum

// ---- no-minimum-at-all
import { z } from 'zod'

export const settings = z.object({ API_KEY: z.string(), PORT: z.coerce.number().min(1) })

// ---- a-json-schema-of-a-name.js
module.exports = {
  type: 'object',
  properties: { name: { type: 'string', minLength: 1 }, slug: { type: 'string', minLength: 3 } },
}

// ---- a-number-not-a-text
import { z } from 'zod'

export const limits = z.object({ maxTokens: z.number().min(1), secretCount: z.int().min(0) })

// ---- a-token-in-a-request-body
import Fastify from 'fastify'

const app = Fastify()
const schema = {
  body: { type: 'object', properties: { token: { type: 'string', minLength: 1 } } },
}
app.post('/redeem', { schema }, async () => ({}))

// ---- an-input-of-a-procedure
import { z } from 'zod'
import { procedure } from './trpc.ts'

export const redeem = procedure
  .input(z.object({ accessToken: z.string().min(1) }))
  .mutation(({ input }) => input)

// ---- how-many-secrets-there-are
import fc from 'fast-check'

export const scene = fc.record({ secrets: fc.array(fc.string(), { minLength: 1 }) })

// ---- what-is-public-about-a-key
import { z } from 'zod'

export const schema = z.object({
  publicKey: z.string().min(1),
  apiKeyId: z.string().length(8),
  tokenUrl: z.string().min(1),
  secretName: z.string().min(3),
})
