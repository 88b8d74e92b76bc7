import { secret } from '../../secret.ts'
import { NextResponse } from 'next/server'
export async function POST() {
  return NextResponse.json({ key: secret.expose() }, { status: 201 })
}
