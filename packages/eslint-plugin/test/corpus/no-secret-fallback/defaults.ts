// ---- behind-which-others-are-assigned.js
const DEFAULTS = { host: 'localhost', password: 'mysql' } // expect: fallback

module.exports = (options) => Object.assign({}, DEFAULTS, options)

// ---- behind-which-others-are-spread
export const poolOptions = (given: object) => ({
  user: 'app',
  password: 'app', // expect: fallback
  ...given,
})

// ---- empty-of-the-environment
const { GITHUB_TOKEN = '' } = process.env // expect: emptyFallback

export const headers = { authorization: `token ${GITHUB_TOKEN}` }

// ---- merged-from-a-file
// missed
import { merge } from './merge.ts'
import base from './base.json' with { type: 'json' }

export const dbPassword = merge(base, process.env).dbPassword as string

// ---- of-a-destructured-variable
const { PORT = '3000', STRIPE_SECRET_KEY = 'sk_test_local' } = process.env // expect: fallback

export { PORT, STRIPE_SECRET_KEY }

// ---- of-a-field-of-a-constructor
export class TokenService {
  constructor(private readonly signingSecret: string = 'dev-signing-secret') {} // expect: fallback

  sign(text: string) {
    return `${text}.${this.signingSecret.length}`
  }
}

// ---- of-a-parameter
export function connect(user: string, password = 'root') { // expect: fallback
  return { user, password }
}

// ---- under-another-name
export function login({ clientId, clientSecret: given = 'x' }: Record<string, string>) { // expect: fallback
  return { clientId, given }
}
