import { secret } from '../../secret.ts'
import type { Context } from 'koa'
export function guard(ctx: Context) {
  if (ctx.get('authorization') !== secret.expose()) ctx.throw(401, 'wrong key')
}
