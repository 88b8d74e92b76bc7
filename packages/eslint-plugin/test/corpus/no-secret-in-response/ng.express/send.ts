import { secret } from '../../secret.ts'
import express from 'express'
const app = express()
app.get('/key', (req, res) => {
  res.send(`key ${secret.expose()}`)
})
