import { secret } from '../../secret.ts'
import { NextResponse } from 'next/server'
export function middleware(request: Request) {
  const isKnown = request.headers.get('x-key') === secret.expose()
  return isKnown ? NextResponse.next() : NextResponse.json({ error: 'wrong key' }, { status: 401 })
}
