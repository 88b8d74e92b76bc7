// ---- an-early-return
export function adminPassword(): string {
  if (!process.env.ADMIN_PASSWORD) return 'admin123' // expect: fallback
  return process.env.ADMIN_PASSWORD
}

// ---- an-if-with-a-warning.js
let token = process.env.ADMIN_TOKEN
if (token === undefined) {
  console.warn('ADMIN_TOKEN is not set')
  token = 'admin' // expect: fallback
}

module.exports = { token }

// ---- an-if
export function secretOf(config: { jwtSecret?: string }) {
  if (!config.jwtSecret) {
    config.jwtSecret = 'your-256-bit-secret' // expect: fallback
  }
  return config.jwtSecret
}

// ---- of-the-environment
const isProduction = process.env.NODE_ENV === 'production'

export const cookieKey = isProduction ? process.env.COOKIE_SECRET! : 'local-cookie-key' // expect: fallback

// ---- of-the-same
declare const env: Record<string, string>

export const secret = env.SESSION_SECRET ? env.SESSION_SECRET : 'dev' // expect: fallback

// ---- whether-it-is-undefined
export const pass = (smtp: { password?: string }) =>
  smtp.password === undefined ? 'changeit' : smtp.password // expect: fallback
