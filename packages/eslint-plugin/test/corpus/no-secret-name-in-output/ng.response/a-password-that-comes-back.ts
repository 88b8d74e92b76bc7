import express from 'express'
const app = express()
app.post('/users', (req, res) => {
  const { name, password } = req.body
  res.status(201).json({ name, password })
})
