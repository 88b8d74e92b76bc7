import express from 'express'
const app = express()
app.use((req, res, next) => {
  console.log(req.method, req.url, req.headers)
  next()
})
