const http = require('node:http')
const { secret } = require('../../secret.ts')
http.createServer((req, res) => {
  const body = Buffer.from(JSON.stringify({ key: secret.expose() }))
  res.setHeader('content-length', body.length)
  res.end(body)
})
