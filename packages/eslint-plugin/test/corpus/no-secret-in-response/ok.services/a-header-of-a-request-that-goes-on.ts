import { secret } from '../../secret.ts'
import { NextResponse } from 'next/server'
export function middleware(request: Request) {
  const headers = new Headers(request.headers)
  headers.set('x-api-key', secret.expose())
  return NextResponse.next({ request: { headers } })
}
