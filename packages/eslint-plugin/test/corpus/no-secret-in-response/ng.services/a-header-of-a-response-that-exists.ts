import { secret } from '../../secret.ts'
import { NextResponse } from 'next/server'
export function middleware() {
  const response = NextResponse.next()
  response.headers.set('x-key', secret.expose())
  return response
}
