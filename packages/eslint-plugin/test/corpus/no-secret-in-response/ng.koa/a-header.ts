import { secret } from '../../secret.ts'
import type { Context } from 'koa'
export const mark = (ctx: Context) => {
  ctx.set('x-key', secret.expose())
  ctx.response.body = 'done'
}
