// ---- bun
declare const Bun: { env: Record<string, string> }

export const key = Bun.env.RESEND_API_KEY // expect: variable

// ---- deno-whole.js
export const everything = Deno.env.toObject() // expect: environment

// ---- deno
declare const Deno: { env: { get(name: string): string | undefined } }

export const key = Deno.env.get('RESEND_API_KEY') // expect: variable

// ---- env-var
import env from 'env-var' // expect: loader

export const password = env.get('DB_PASSWORD').required().asString()

// ---- import-meta-env-whole
const { SUPABASE_SERVICE_KEY } = import.meta.env // expect: variable

export { SUPABASE_SERVICE_KEY }

// ---- the-mode-of-vite
export const isDevelopment = import.meta.env.DEV && import.meta.env.MODE !== 'test'

// ---- import-meta-env
export const supabaseKey = import.meta.env.SUPABASE_SERVICE_KEY // expect: variable

// ---- public-variables-of-vite
export const api = import.meta.env.VITE_API_BASE
export const site = process.env.NEXT_PUBLIC_SITE

// ---- svelte-kit
import { STRIPE_KEY } from '$env/static/private' // expect: loader

export const headers = { authorization: `Bearer ${STRIPE_KEY}` }

// ---- bun-without-its-environment.js
export const page = await Bun.file('index.html').text()
export const version = Bun.version

// ---- globalthis-for-other-things
const g = globalThis as unknown as { __pool?: object }

export const pool = (g.__pool ??= {})
globalThis.setTimeout(() => undefined, 1)

// ---- other-parts-of-import-meta
import { fileURLToPath } from 'node:url'

export const here = fileURLToPath(new URL('.', import.meta.url))
export const folder = import.meta.dirname
