// ---- a-helper-for-the-environment.js
const env = (name, fallback) => process.env[name] || fallback

module.exports = { port: env('PORT', '80'), key: env('APP_KEY_SECRET', 'base64:local') } // expect: fallback

// ---- a-second-argument
import { getSecret } from './secrets.ts'

export const dbPassword = getSecret('DB_PASSWORD', 'postgres') // expect: fallback

// ---- an-option-of-the-call
import { readSecret } from './secrets.ts'

export const key = readSecret('HMAC_SECRET', { default: 'insecure' }) // expect: fallback

// ---- lodash
import _ from 'lodash'

export const password = (settings: object) => _.get(settings, 'database.password', 'toor') // expect: fallback

// ---- of-a-config
import type { ConfigService } from '@nestjs/config'

export const strategy = (config: ConfigService) => ({
  secretOrKey: config.get<string>('auth.jwtSecret', 'nest-secret'), // expect: fallback
})

// ---- a-type-as-the-second-argument.js
export const parser = (Config, cookieParser) =>
  cookieParser(Config.get('settings.cookieParser.secret', 'string'))

// ---- a-hint-in-a-form-for-a-key.js
export const fields = { apiKey: { type: 'password', default: 'enter api key', required: true } }

// ---- the-name-of-a-header-among-options.js
export const manager = (make, options) => make({ authKey: 'X-Authenticator', ...options })

// ---- words-as-a-passphrase.js
export const passphrase = process.env.PASSPHRASE ?? 'open sesame please' // expect: fallback
