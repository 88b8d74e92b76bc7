import express from 'express'

const app = express()
app.use((req, res, next) => {
  if (req.headers['x-api-key'] !== process.env.API_KEY) {
    res.status(401).end()
    return
  }
  next()
})
