import { secret } from '../../secret.ts'
import Koa from 'koa'
const app = new Koa()
app.use(async (ctx) => {
  ctx.body = { key: secret.expose() }
})
