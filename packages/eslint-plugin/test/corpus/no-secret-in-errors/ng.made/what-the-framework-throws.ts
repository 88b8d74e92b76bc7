import { secret } from '../../secret.ts'
import type { Context } from 'koa'
export function guard(ctx: Context) {
  ctx.throw(401, `expected ${secret.expose()}`)
}
