// ---- a-field-of-a-class
export class Settings {
  private readonly env = process.env // expect: environment

  get adminToken() {
    return this.env.ADMIN_TOKEN
  }
}

// ---- of-env-assigned-later
let env: NodeJS.ProcessEnv
env = process.env

export const clientSecret = env.OIDC_CLIENT_SECRET // expect: variable

// ---- of-process
const p = process
const e = p.env

export const clientSecret = e.OIDC_CLIENT_SECRET // expect: variable

// ---- one-of-several-values
let env: Record<string, string | undefined> = {}
if (typeof window === 'undefined') env = process.env

export const clientSecret = env.OIDC_CLIENT_SECRET // expect: variable

// ---- the-default-of-a-parameter
export function loadSettings(env: NodeJS.ProcessEnv = process.env) {
  return { url: env.DATABASE_URL } // expect: variable
}
