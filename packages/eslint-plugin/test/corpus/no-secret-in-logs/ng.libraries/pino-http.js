import { secret } from '../../secret.ts'
import express from 'express'
import pinoHttp from 'pino-http'
const app = express()
app.use(pinoHttp())
app.get('/', (req, res) => {
  req.log.info({ key: secret.expose() })
  res.end()
})
