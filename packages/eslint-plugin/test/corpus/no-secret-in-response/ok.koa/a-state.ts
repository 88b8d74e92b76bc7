import { secret } from '../../secret.ts'
import type { Context } from 'koa'
export const prepare = (ctx: Context) => {
  ctx.state.key = secret.expose()
  ctx.body = { ready: true }
}
