import Koa from 'koa'
const app = new Koa()
app.use(async (ctx) => {
  ctx.body = { database: process.env['DATABASE_URL'] }
})
