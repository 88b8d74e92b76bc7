const Koa = require('koa')

;(async () => {
  const app = new Koa()
  app.listen(3000)
})()
