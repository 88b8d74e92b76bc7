import express from 'express'
import { generatePassword } from './passwords.js'
const app = express()
app.get('/password', (req, res) => {
  const password = generatePassword({ length: req.query.length })
  res.json({ password })
})
