const Koa = require('koa')

const app = new Koa()
app.keys = ['RANDOM_ALNUM_16', 'RANDOM_ALNUM_20']
module.exports = app
