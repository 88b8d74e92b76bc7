// ---- a-commander-option
import { Option } from 'commander'

export const option = new Option('-t, --token <token>', 'for the API').default('dev-token') // expect: fallback

// ---- commander
import { Command } from 'commander'

export const program = new Command()
  .option('--host <host>', 'where it runs', 'localhost')
  .option('--admin-password <password>', 'of the first user', 'admin') // expect: fallback

// ---- convict-empty.js
const convict = require('convict')

module.exports = convict({
  apiToken: { format: String, default: '', env: 'API_TOKEN', sensitive: true }, // expect: emptyFallback
})

// ---- convict
import convict from 'convict'

export const config = convict({
  db: {
    host: { format: String, default: 'localhost', env: 'DB_HOST' },
    password: { format: String, default: 'hunter22', env: 'DB_PASSWORD', sensitive: true }, // expect: fallback
  },
})

// ---- empty
import { z } from 'zod'

export const env = z.object({ STRIPE_WEBHOOK_SECRET: z.string().default('') }).parse(process.env) // expect: emptyFallback

// ---- env-var
import env from 'env-var'

export const password = env.get('SMTP_PASSWORD').default('mailhog').asString() // expect: fallback

// ---- envalid-in-development
import { cleanEnv, str } from 'envalid'

export const env = cleanEnv(process.env, { DB_PASSWORD: str({ devDefault: 'postgres' }) }) // expect: fallback

// ---- envalid
import { cleanEnv, port, str } from 'envalid'

export const env = cleanEnv(process.env, {
  PORT: port({ default: 3000 }),
  SESSION_SECRET: str({ default: 'shhh' }), // expect: fallback
})

// ---- joi
import Joi from 'joi'

export const schema = Joi.object({
  PORT: Joi.number().default(3000),
  REDIS_PASSWORD: Joi.string().default('redis'), // expect: fallback
})

// ---- json-schema
export const schema = {
  type: 'object',
  properties: {
    PORT: { type: 'integer', default: 3000 },
    MASTER_KEY: { type: 'string', default: 'unsafe-master-key' }, // expect: fallback
  },
} as const

// ---- parse-args
import { parseArgs } from 'node:util'

export const { values } = parseArgs({
  options: { host: { type: 'string' }, password: { type: 'string', default: 'password' } }, // expect: fallback
})

// ---- valibot
import * as v from 'valibot'

export const Schema = v.object({ COOKIE_SECRET: v.optional(v.string(), 'baked-in') }) // expect: fallback

// ---- yargs
import yargs from 'yargs'

export const options = yargs(process.argv.slice(2))
  .option('port', { type: 'number', default: 80 })
  .option('api-key', { type: 'string', default: 'demo' }).argv // expect: fallback

// ---- zod-catch
import { z } from 'zod'

const API_KEY = z.string().catch('none-given') // expect: fallback

export const schema = z.object({ API_KEY })

// ---- zod-prefault
import { z } from 'zod'

export const schema = z.object({ clientSecret: z.string().trim().prefault('secret') }) // expect: fallback

// ---- zod-with-a-transform-after-it
import { z } from 'zod'

export const schema = z.object({
  SESSION_SECRET: z
    .string()
    .default('keyboard cat') // expect: fallback
    .transform((text) => [text]),
})

// ---- zod
import { z } from 'zod'

export const schema = z.object({
  PORT: z.coerce.number().default(3000),
  JWT_SECRET: z.string().min(8).default('changeme123'), // expect: fallback
})
