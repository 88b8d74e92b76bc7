// ---- a-field-of-a-form
export async function login(request: Request) {
  const form = await request.formData()
  const password = form.get('password') ?? ''
  return { password }
}

// ---- a-field-that-is-set
declare const form: {
  set(name: string, value: string): void
  append(name: string, v: string): void
}

form.set('password', 'password')
form.append('grant_type', 'password')

// ---- a-form-schema
import { z } from 'zod'

export const form = z.object({ email: z.string().default(''), password: z.string().default('') })

// ---- a-form-with-empty-values
export const initial = (user: { name?: string; password?: string } = {}) => ({
  name: user.name ?? '',
  password: user.password ?? '',
})

// ---- a-header
import type { IncomingMessage } from 'node:http'

export function parse(request: IncomingMessage) {
  const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
  return { scheme, token }
}

// ---- a-parser-with-a-default
export function expect(token = ';') {
  return (found: string) => found === token
}

// ---- a-reducer
interface State {
  readonly token?: string
  readonly status: string
}

export const initial = (state: State): State => ({ status: 'idle', ...state })
export const done = (state: State): State => ({ ...state, status: 'token' })

// ---- a-stored-token
export const token = localStorage.getItem('token') ?? ''

// ---- fields-of-a-request-body.js
function login(body) {
  return service.login(body?.username || '', body?.password || '')
}
module.exports = { login }

// ---- from-a-store.js
const prepareHeaders = (headers, { getState }) => {
  const token = getState().auth?.user?.token ?? ''
  if (token) headers.set('authorization', `Bearer ${token}`)
  return headers
}
module.exports = { prepareHeaders }

// ---- keys-of-a-cache
export const invitationKey = (params?: { email?: string; token?: string }) =>
  ['invitation', params?.email ?? '', params?.token ?? ''] as const

// ---- search-parameters
export const read = (url: URL) => url.searchParams.get('token') || ''

// ---- state.js
import { useState } from 'react'

export function useLogin(props) {
  const [password, setPassword] = useState(props.password ?? '')
  return { password, setPassword }
}

// ---- tokens-of-a-parser
export function next(tokens: string[], index: number) {
  const token = tokens[index] ?? 'EOF'
  return token === 'EOF' ? undefined : token
}
