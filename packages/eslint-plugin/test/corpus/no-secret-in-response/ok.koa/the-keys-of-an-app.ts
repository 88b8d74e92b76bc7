import { secret } from '../../secret.ts'
import Koa from 'koa'
const app = new Koa()
app.keys = [secret.expose()]
app.use(async (ctx) => {
  ctx.cookies.set('user', ctx.state['user'], { signed: true })
})
